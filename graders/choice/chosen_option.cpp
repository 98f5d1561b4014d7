#include "graders/choice/chosen_option.h"

#include <algorithm>
#include <vector>

#include "graders/choice/statement.h"
#include "graders/math/boxed.h"
#include "graders/math/latex.h"

namespace proctor::graders::choice {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kAnswer = "answer";
// Of a line or a box: what is longer states no option, and lines can be as long as a reply.
constexpr std::size_t kLongestStatement = 2000;

using Options = std::span<const std::string_view>;

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool says(std::string_view text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (small(text[at + i]) != word[i]) return false;
  }
  return true;
}

// The last "answer" that begins before `before`, no letter on either side.
std::optional<std::size_t> last_answer(std::string_view text, std::size_t before) {
  for (std::size_t at = std::min(before, text.size()); at-- > 0;) {
    if (!says(text, at, kAnswer)) continue;
    const std::size_t end = at + kAnswer.size();
    const bool alone =
        (at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]));
    if (alone) return at;
  }
  return std::nullopt;
}

// The text before `at` on its line, if that is short.
std::optional<std::string_view> short_preface(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongest = 80;
  const std::size_t from = at - std::min(at, kLongest + 1);
  const std::string_view before = text.substr(from, at - from);
  const std::size_t feed = before.rfind('\n');
  if (feed == kNone && from > 0) return std::nullopt;
  return feed == kNone ? before : before.substr(feed + 1);
}

// The end of the line, or of as much of it as can matter.
std::size_t line_end(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at, kLongestStatement);
  return at + std::min(rest.find('\n'), rest.size());
}

std::size_t skip_any(std::string_view text, std::size_t at, std::string_view set) {
  return std::min(text.find_first_not_of(set, at), text.size());
}

// Whether a line up to its word "answer" holds nothing but typesetting and words that announce.
bool only_announces(std::string_view before) {
  constexpr std::string_view kWords[] = {"so",   "the",   "my",  "final", "correct",   "best",
                                         "thus", "hence", "our", "right", "therefore", "overall"};
  constexpr std::string_view kAround = " \t*_#>-<`$,.:{}()[]";
  for (std::size_t at = skip_any(before, 0, kAround); at < before.size();) {
    std::size_t end = at;
    while (end < before.size() && is_letter(before[end])) ++end;
    const auto is_word = [&](std::string_view word) {
      return word.size() == end - at && says(before, at, word);
    };
    const bool typeset = before.substr(0, at).ends_with('\\');  // \textbf{Answer: ...}
    if (end == at) {
      if (before[at] != '\\') return false;
      ++end;
    } else if (!typeset && std::none_of(std::begin(kWords), std::end(kWords), is_word)) {
      return false;
    }
    at = skip_any(before, end, kAround);
  }
  return true;
}

// What "answer" announces: where its statement begins, and how surely.
struct Announcement {
  std::size_t statement = 0;
  bool colon = false;  // or the end of an <answer> tag; else "is"
};

std::optional<Announcement> announcement_at(std::string_view text, std::size_t answer) {
  constexpr std::string_view kTypesetting = " \t\r*_`}";
  std::size_t at = answer + kAnswer.size();
  if (at < text.size() && text[at] == '>') return Announcement{at + 1, true};
  at = skip_any(text, at, kTypesetting);
  for (const std::string_view word : {"choice", "option", "letter"}) {
    if (at < text.size() && says(text, at, word))
      at = skip_any(text, at + word.size(), kTypesetting);
  }
  const auto colon_at = [&](std::size_t place) -> std::size_t {
    const std::string_view rest = text.substr(place);
    if (rest.starts_with(':') || rest.starts_with('=')) return 1;
    return rest.starts_with("：") ? std::string_view("：").size() : 0;
  };
  bool is = false;
  if (at + 2 < text.size() && says(text, at, "is") && !is_letter(text[at + 2])) {
    is = true;
    at = skip_any(text, at + 2, " \t");
  }
  if (const std::size_t colon = colon_at(at)) return Announcement{at + colon, true};
  const bool ends_line = at == text.size() || text[at] == '\n';  // a heading
  if (is || ends_line) return Announcement{at, false};
  return std::nullopt;
}

// The statement of an announcement: the rest of its line, or the next line where nothing is left.
Span statement_of(std::string_view text, std::size_t begin) {
  Span span{begin, line_end(text, begin)};
  if (skip_any(text, begin, " \t\r*_`}") >= span.end) {
    const std::size_t next = skip_any(text, span.end, " \t\r\n*_`");
    span = {std::min(next, text.size()), line_end(text, std::min(next, text.size()))};
  }
  const std::string_view line = text.substr(span.begin, span.end - span.begin);
  if (const std::size_t tag = line.find("</"); tag != kNone) span.end = span.begin + tag;
  return span;
}

// What a place in the text commits to, and whether it is a line of its own.
struct Candidate {
  std::size_t place = 0;
  bool own_line = false;
  Commitment commitment;
};

std::optional<Candidate> answer_candidate(std::string_view text, std::size_t answer,
                                          Options options) {
  const std::optional<Announcement> announcement = announcement_at(text, answer);
  if (!announcement) return std::nullopt;
  const std::optional<Commitment> read =
      read_statement(text, statement_of(text, announcement->statement), options);
  if (!read) return std::nullopt;
  const std::optional<std::string_view> preface = short_preface(text, answer);
  const bool own_line = preface && only_announces(*preface);
  // "The answer is therefore large" announces nothing, and a colon within a line may be of prose.
  const bool says_nothing = read->kind == Commitment::Kind::no_option;
  if (says_nothing && !(announcement->colon && own_line)) return std::nullopt;
  return Candidate{answer, own_line, *read};
}

std::optional<Candidate> box_candidate(std::string_view text, const Box& box, Options options) {
  if (box.content.end - box.content.begin > kLongestStatement) return std::nullopt;
  const std::optional<Commitment> read = read_statement(text, box.content, options);
  if (!read || read->kind == Commitment::Kind::no_option) return std::nullopt;
  constexpr std::string_view kAround = " \t\r*_$`.\\()[]";
  const std::optional<std::string_view> preface = short_preface(text, box.whole.begin);
  const std::size_t end = line_end(text, box.whole.end);
  const bool own_line = preface && skip_any(*preface, 0, kAround) == preface->size() &&
                        skip_any(text.substr(0, end), box.whole.end, kAround) == end;
  return Candidate{box.whole.begin, own_line, *read};
}

}  // namespace

std::optional<Commitment> find_commitment(std::string_view text, Options options) {
  std::optional<Candidate> within;  // the last that is no line of its own
  std::vector<Box> boxes = recent_boxes(text, BoxSpelling::exact);
  std::optional<std::size_t> answer = last_answer(text, text.size());
  while (answer || !boxes.empty()) {
    std::optional<Candidate> candidate;
    if (!boxes.empty() && (!answer || boxes.back().whole.begin > *answer)) {
      candidate = box_candidate(text, boxes.back(), options);
      boxes.pop_back();
    } else {
      candidate = answer_candidate(text, *answer, options);
      answer = last_answer(text, *answer);
    }
    if (!candidate) continue;
    if (candidate->own_line) {
      candidate->commitment.rung = "answer line";
      return candidate->commitment;
    }
    if (!within) within = candidate;
  }
  if (!within) return std::nullopt;
  within->commitment.rung = "answer";
  return within->commitment;
}

}  // namespace proctor::graders::choice
