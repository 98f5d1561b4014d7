#include "graders/math/choice.h"

#include <algorithm>
#include <vector>

#include "graders/math/anchors.h"
#include "graders/math/latex.h"
#include "graders/math/prose_words.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_choice(char c) { return c >= 'A' && c <= 'J'; }

// A letter that stands by itself: "(C)", "**C**", "C.".
struct Letter {
  std::size_t at;
  bool marked;    // in parentheses or bold, as no article is
  bool doubtful;  // may be the article of "A cat"
};

// Whether the letter is part of a word or of a formula.
bool belongs_to_more(std::string_view before, std::string_view after) {
  constexpr std::string_view kFormula = "+-*/^_=<>|&\\'";
  const auto belongs = [&](char c) {
    return is_letter(c) || is_digit(c) || kFormula.find(c) != kNone;
  };
  while (before.ends_with("**")) before.remove_suffix(2);
  while (after.starts_with("**")) after.remove_prefix(2);
  return (!before.empty() && belongs(before.back())) || (!after.empty() && belongs(after[0]));
}

bool word_follows(std::string_view after) {
  return after.size() > 1 && after[0] == ' ' && after[1] >= 'a' && after[1] <= 'z';
}

// An article has a capital only where its sentence begins.
bool begins_sentence(std::string_view before) {
  const std::size_t last = before.find_last_not_of(" \t\n*_");
  return last == kNone || std::string_view(".!?:").find(before[last]) != kNone ||
         before.substr(last).find('\n') != kNone;
}

// The letters of a range, but for the pronoun of "I think" and what belongs to words and formulas.
std::vector<Letter> letters_in(std::string_view text, Span range) {
  std::vector<Letter> letters;
  for (std::size_t at = range.begin; at < range.end; ++at) {
    if (!is_choice(text[at])) continue;
    const std::string_view before = text.substr(0, at);
    const std::string_view after = text.substr(at + 1);
    if (belongs_to_more(before, after)) continue;
    const bool marked = (before.ends_with('(') && after.starts_with(')')) ||
                        (before.ends_with("**") && !after.starts_with(' ')) ||
                        before.ends_with('{') || after.starts_with(')');
    if (before.ends_with('(') && !marked) continue;  // (A, B) is a pair
    if (text[at] == 'I' && !marked && word_follows(after)) continue;
    const bool doubtful =
        text[at] == 'A' && !marked && word_follows(after) && begins_sentence(before);
    letters.push_back({at, marked, doubtful});
  }
  return letters;
}

// The only letter of the range, however often it is named; of several, the only one that is marked.
std::optional<std::size_t> only_letter(std::string_view text, Span range) {
  std::vector<Letter> letters = letters_in(text, range);
  if (std::any_of(letters.begin(), letters.end(), [](const Letter& one) { return one.marked; })) {
    std::erase_if(letters, [](const Letter& one) { return !one.marked; });
  }
  const bool same = std::all_of(letters.begin(), letters.end(), [&](const Letter& one) {
    return text[one.at] == text[letters.front().at];
  });
  const bool sure =
      std::any_of(letters.begin(), letters.end(), [](const Letter& one) { return !one.doubtful; });
  if (!same || !sure) return std::nullopt;
  return letters.back().at;
}

// Whether the letter at `at` is what a text or statement opens with: "C", "(C) because", "C.
// The...".
bool opens(std::string_view text, Span range, std::size_t at) {
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(range.begin),
                     text.begin() + static_cast<std::ptrdiff_t>(at), [](char c) {
                       return is_space(c) || std::string_view("(*_$\\[\"{`").find(c) != kNone;
                     });
}

bool ends_label(std::string_view after) {
  if (after.empty() || is_space(after[0])) return true;
  return std::string_view(".,:;)*}$").find(after[0]) != kNone || !is_ascii(after[0]);
}

// "b" or "(b)." and nothing else.
std::optional<Choice> small_letter(std::string_view text, Span range) {
  constexpr std::string_view kAround = " \t\r\n*_$().";
  while (range.begin < range.end && kAround.find(text[range.begin]) != kNone) ++range.begin;
  while (range.begin < range.end && kAround.find(text[range.end - 1]) != kNone) --range.end;
  const char letter = range.end - range.begin == 1 ? text[range.begin] : '\0';
  if (letter < 'a' || letter > 'j') return std::nullopt;
  return Choice{"announced letter", range, static_cast<char>(letter - 'a' + 'A')};
}

Span last_line(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n*_`");
  if (last == kNone) return {};
  return {text.rfind('\n', last) + 1, text.size()};
}

// The content of wrappers such as \text{...}, and of parentheses around a letter: "(D) Alina" is
// "D) Alina".
std::string_view unwrapped(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n$*";
  for (std::size_t size = text.size() + 1; size != text.size();) {
    size = text.size();
    while (!text.empty() && kAround.find(text.front()) != kNone) text.remove_prefix(1);
    while (!text.empty() && kAround.find(text.back()) != kNone) text.remove_suffix(1);
    for (const std::string_view wrapper : {"\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{",
                                           "\\mbox{", "\\textrm{", "\\boxed{", "{"}) {
      if (!text.starts_with(wrapper)) continue;
      text.remove_prefix(wrapper.size());
      if (text.ends_with('}')) text.remove_suffix(1);
    }
    for (const std::string_view word :
         {"option ", "Option ", "choice ", "Choice ", "answer ", "\\("}) {
      if (text.starts_with(word)) text.remove_prefix(word.size());
    }
    if (text.ends_with("\\)")) text.remove_suffix(2);
  }
  return text;
}

}  // namespace

std::optional<char> choice_letter(std::string_view answer) {
  constexpr std::size_t kLongest = 200;
  if (answer.size() > kLongest) return std::nullopt;
  std::string_view text = unwrapped(answer);
  const bool open = text.starts_with('(');
  if (open) text.remove_prefix(1);
  if (open) text = unwrapped(text);
  if (text.empty() || !is_choice(text[0])) return std::nullopt;
  const char letter = text[0];
  text.remove_prefix(1);
  const bool closed =
      text.starts_with(')') || (!open && (text.starts_with('.') || text.starts_with(':')));
  if (open && !closed) return std::nullopt;  // (A, B)
  if (closed) text.remove_prefix(1);
  const std::size_t words = std::min(text.find_first_not_of(" \t\n}~$"), text.size());
  const bool ends = words == text.size();
  const bool name = words > 0 && text.size() > words + 1 && is_capital(text[words]) &&
                    is_letter(text[words + 1]) && !is_capital(text[words + 1]);
  return ends || (closed && words > 0) || name ? std::optional(letter) : std::nullopt;
}

std::optional<Choice> announced_letter(std::string_view text) {
  std::size_t before = text.size();
  constexpr int kMostTries = 8;
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::optional<Announcement> found = last_announcement(text, before);
    if (!found) return std::nullopt;
    if (const std::optional<Choice> small = small_letter(text, found->statement)) return small;
    const std::vector<Letter> letters = letters_in(text, found->statement);
    if (!letters.empty())
      return Choice{"announced letter",
                    {letters.front().at, letters.front().at + 1},
                    text[letters.front().at]};
    before = found->phrase;
  }
  return std::nullopt;
}

std::optional<Choice> chosen_letter(std::string_view text) {
  const auto choice = [&](std::string_view rung, std::size_t at) {
    return Choice{rung, {at, at + 1}, text[at]};
  };
  if (std::optional<Choice> announced = announced_letter(text)) return announced;
  if (std::optional<Choice> small = small_letter(text, {0, text.size()})) return small;
  const Span whole{0, text.size()};
  const std::vector<Letter> letters = letters_in(text, whole);
  if (!letters.empty() && opens(text, whole, letters.front().at) &&
      ends_label(text.substr(letters.front().at + 1))) {
    const bool lone = letters.size() == 1;
    const char next = letters.front().at + 1 < text.size() ? text[letters.front().at + 1] : '.';
    const bool sure = !letters.front().doubtful;
    if (sure && (lone || next != ' ')) return choice("opening letter", letters.front().at);
  }
  if (const std::optional<std::size_t> at = only_letter(text, last_line(text))) {
    return choice("letter in the last line", *at);
  }
  if (const std::optional<std::size_t> at = only_letter(text, whole)) return choice("letter", *at);
  return std::nullopt;
}

}  // namespace proctor::graders::math
