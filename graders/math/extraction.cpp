#include "graders/math/extraction.h"

#include <algorithm>
#include <string>

#include "graders/math/anchors.h"
#include "graders/math/boxed_answer.h"
#include "graders/math/choice.h"
#include "graders/math/statement.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kTail = 64U << 10;     // bytes that are read for more than tags and boxes
constexpr std::size_t kLongestWhole = 2000;  // bytes of a reply that is one expression
constexpr std::size_t kLongestWords = 80;    // bytes of an answer in words
constexpr int kMostAnnouncements = 8;        // that are tried before the last
constexpr int kEarlierLines = 3;
constexpr std::string_view kAround = " \t\r\n*_`\"";

// What a model's template puts after its turn, if the server left it in.
constexpr std::string_view kTurnEnds[] = {"<|im_end|>", "<|im_start|>", "<|endoftext|>",
                                          "<|eot_id|>", "<|end|>",      "<end_of_turn>",
                                          "<|eom_id|>", "</s>",         "<｜end▁of▁sentence｜>"};

std::string_view part(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

Span stripped(std::string_view text, Span span, std::string_view around) {
  while (span.begin < span.end && around.find(text[span.begin]) != kNone) ++span.begin;
  while (span.end > span.begin && around.find(text[span.end - 1]) != kNone) --span.end;
  return span;
}

std::string_view without_turn_end(std::string_view text) {
  std::size_t end = text.size();
  for (std::size_t at = 0; (at = text.find('<', at)) < end; ++at) {
    const auto ends = [&](std::string_view mark) { return text.substr(at).starts_with(mark); };
    if (!std::any_of(std::begin(kTurnEnds), std::end(kTurnEnds), ends)) continue;
    if (text.find_first_not_of(" \t\r\n") < at) end = at;
  }
  return text.substr(0, end);
}

// The end of a text without a box, with its formulas: what is read for phrases and sentences.
class Ending {
 public:
  Ending(std::string_view text, const Search& search)
      : base_(begin_of_tail(text)), search_(search), statement_(text.substr(base_)) {}

  std::optional<FoundAnswer> announced() const;
  std::optional<FoundAnswer> whole() const;
  std::optional<FoundAnswer> concluded() const;
  // An announcement that says "final", and has a value.
  std::optional<FoundAnswer> announced_as_final() const;

 private:
  static std::size_t begin_of_tail(std::string_view text) {
    std::size_t begin = text.size() - std::min(text.size(), kTail);
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
    return begin;
  }

  std::string_view text() const { return statement_.text(); }
  std::optional<FoundAnswer> found(std::string_view rung, Span span) const {
    return FoundAnswer{
        std::string(rung), {base_ + span.begin, base_ + span.end}, std::string(part(text(), span))};
  }
  std::optional<Span> announced_value(Span statement) const;
  std::optional<Span> words_of(Span statement) const;
  std::optional<Span> bold_words(Span line) const;
  std::optional<Span> opening_word() const;
  std::optional<Span> value_of_earlier_line(Span line) const;

  std::size_t base_;
  Search search_;
  Statement statement_;
};

// What is announced is a value by itself, or a sentence that states one: "The largest n is 34".
std::optional<Span> Ending::announced_value(Span statement) const {
  const Span sentence = statement_.first_sentence(statement);
  if (search_.wanted == Wanted::words) return words_of(sentence);
  if (std::optional<Span> value = statement_.leading_value(sentence)) return value;
  return statement_.concluding_value(sentence);
}

// The words of a statement up to the end of its clause; of emphasised ones only those.
std::optional<Span> Ending::words_of(Span statement) const {
  if (std::optional<Span> bold = bold_words(statement)) return bold;
  Span words = stripped(text(), statement, kAround);
  const std::string_view all = part(text(), words);
  for (const std::string_view end :
       {", ", "; ", " because ", " since ", " as ", " (", "。", "，"}) {
    words.end = std::min(words.end, words.begin + std::min(all.find(end), all.size()));
  }
  words = stripped(text(), words, " \t\r\n*_`\".,;:!");
  const bool some = words.begin < words.end && words.end - words.begin <= kLongestWords;
  const std::string_view said = part(text(), words);
  if (!some || said == "correct" || said == "right" || said == "wrong") return std::nullopt;
  return words;
}

std::optional<Span> Ending::bold_words(Span line) const {
  constexpr std::string_view kBold = "**";
  const std::string_view all = part(text(), line);
  const std::size_t close = all.rfind(kBold);
  if (close == kNone || close == 0) return std::nullopt;
  const std::size_t open = all.rfind(kBold, close - 1);
  if (open == kNone || close <= open + kBold.size() || close - open > kLongestWords) {
    return std::nullopt;
  }
  const Span bold{line.begin + open + kBold.size(), line.begin + close};
  return stripped(text(), bold, " .,:;!");
}

std::optional<FoundAnswer> Ending::announced_as_final() const {
  const std::optional<Announcement> announcement = last_announcement(text(), text().size());
  if (!announcement || !announcement->final) return std::nullopt;
  const Span sentence = statement_.first_sentence(announcement->statement);
  if (const std::optional<Span> value = statement_.leading_value(sentence)) {
    return found("final answer", *value);
  }
  return std::nullopt;
}

std::optional<FoundAnswer> Ending::announced() const {
  std::size_t before = text().size();
  for (int tries = 0; tries < kMostAnnouncements; ++tries) {
    const std::optional<Announcement> announcement = last_announcement(text(), before);
    if (!announcement) return std::nullopt;
    if (const std::optional<Span> value = announced_value(announcement->statement)) {
      return found("answer phrase", *value);
    }
    before = announcement->phrase;
  }
  return std::nullopt;
}

std::optional<FoundAnswer> Ending::whole() const {
  const Span reply = stripped(text(), {0, text().size()}, kAround);
  const std::string_view all = part(text(), reply);
  if (all.empty() || all.size() > kLongestWhole || all.find("\n\n") != kNone) return std::nullopt;
  const bool short_words =
      search_.wanted == Wanted::words && all.size() <= kLongestWords && all.find('\n') == kNone;
  if (!short_words && !statement_.is_expression(reply)) return std::nullopt;
  return found("whole reply", reply);
}

// An earlier line need not be about the answer: it must be a value, or say outright what one is.
std::optional<Span> Ending::value_of_earlier_line(Span line) const {
  const Span content = stripped(text(), line, kAround);
  if (statement_.is_expression(content)) return content;
  return statement_.asserted_value(statement_.last_sentence(line));
}

// The "Yes" of "Yes, because it is even".
std::optional<Span> Ending::opening_word() const {
  const Span reply = stripped(text(), {0, text().size()}, kAround);
  for (const std::string_view word : {"Yes", "No", "True", "False"}) {
    const std::string_view rest = text().substr(reply.begin);
    if (!rest.starts_with(word)) continue;
    if (rest.size() == word.size() || rest[word.size()] == ',' || rest[word.size()] == '.') {
      return Span{reply.begin, reply.begin + word.size()};
    }
  }
  return std::nullopt;
}

std::optional<FoundAnswer> Ending::concluded() const {
  std::optional<Span> line = statement_.last_line(text().size());
  if (!line) return std::nullopt;
  if (search_.wanted == Wanted::words) {
    if (const std::optional<Span> bold = bold_words(*line)) return found("last line", *bold);
    if (const std::optional<Span> word = opening_word()) return found("opening word", *word);
    const std::optional<Span> predicate = statement_.predicate(statement_.last_sentence(*line));
    if (!predicate) return std::nullopt;
    const std::optional<Span> words = words_of(*predicate);
    return words ? found("last line", *words) : std::nullopt;
  }
  if (const std::optional<Span> value =
          statement_.concluding_value(statement_.last_sentence(*line))) {
    return found("last line", *value);
  }
  if (const std::optional<Span> value = statement_.concluding_value(*line)) {
    return found("last line", *value);
  }
  for (int earlier = 0; earlier < kEarlierLines; ++earlier) {
    line = statement_.last_line(line->begin);
    if (!line) return std::nullopt;
    if (const std::optional<Span> value = value_of_earlier_line(*line)) {
      return found("earlier line", *value);
    }
  }
  return std::nullopt;
}

// A choice made in the part of the text that begins at `base`.
FoundAnswer found_letter(const Choice& choice, std::size_t base) {
  return {std::string(choice.rung),
          {base + choice.span.begin, base + choice.span.end},
          std::string(1, choice.letter)};
}

std::optional<FoundAnswer> find_in_tail(std::string_view text, const Search& search) {
  if (search.wanted == Wanted::letter) {
    const std::size_t base = text.size() - std::min(text.size(), kTail);
    const std::string_view tail = text.substr(base);
    const std::optional<Choice> choice = search.cut ? announced_letter(tail) : chosen_letter(tail);
    if (choice) return found_letter(*choice, base);
  }
  const Ending ending(text, search);
  if (std::optional<FoundAnswer> found = ending.announced()) return found;
  if (search.wanted != Wanted::words) {
    if (std::optional<FoundAnswer> found = ending.whole()) return found;
  }
  if (search.cut) return std::nullopt;
  if (std::optional<FoundAnswer> found = ending.concluded()) return found;
  return search.wanted == Wanted::words ? ending.whole() : std::nullopt;
}

// What says after the last box that something else is final: the phrase of Minerva's prompt, or for
// a letter any announcement of one, if the box holds none.
std::optional<FoundAnswer> find_after_box(std::string_view text, const BoxedAnswer& box,
                                          const Search& search) {
  const std::size_t base = box.span.end;
  if (search.wanted == Wanted::letter) {
    if (choice_letter(box.text)) return std::nullopt;
    const std::optional<Choice> choice = announced_letter(text.substr(base));
    return choice ? std::optional(found_letter(*choice, base)) : std::nullopt;
  }
  const std::string_view after = text.substr(base);
  if (after.find("inal answer") == kNone && after.find("inal Answer") == kNone) return std::nullopt;
  std::optional<FoundAnswer> found = Ending(after, search).announced_as_final();
  if (!found) return std::nullopt;
  // Ending counts from where its text begins.
  found->span = {base + found->span.begin, base + found->span.end};
  return found;
}

std::optional<FoundAnswer> find_untagged(std::string_view text, const Search& search) {
  const std::optional<BoxedAnswer> box = boxed_answer(text);
  if (!box) return find_in_tail(text, search);
  if (std::optional<FoundAnswer> after = find_after_box(text, *box, search)) return after;
  return FoundAnswer{std::string(box->rung), box->span, box->text};
}

// The content of the last <answer>...</answer> with anything in it.
std::optional<Span> tagged(std::string_view text) {
  constexpr std::string_view kOpen = "<answer>";
  constexpr std::string_view kClose = "</answer>";
  for (std::size_t open = text.size(); (open = text.substr(0, open).rfind(kOpen)) != kNone;) {
    const std::size_t begin = open + kOpen.size();
    const Span content = {begin, std::min(text.find(kClose, begin), text.size())};
    const Span inner = stripped(text, content, kAround);
    if (inner.begin < inner.end) return inner;
  }
  return std::nullopt;
}

}  // namespace

std::optional<FoundAnswer> find_answer(std::string_view text, const Search& search) {
  text = without_turn_end(text);
  const std::optional<Span> tags = tagged(text);
  if (!tags) return find_untagged(text, search);
  const std::string_view inside = part(text, *tags);
  std::optional<FoundAnswer> found = find_untagged(inside, search);
  if (!found) return FoundAnswer{"answer tags", *tags, std::string(inside)};
  found->rung = "answer tags, " + found->rung;
  found->span = {tags->begin + found->span.begin, tags->begin + found->span.end};
  return found;
}

}  // namespace proctor::graders::math
