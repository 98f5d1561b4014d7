#include "graders/math/extraction.h"

#include <algorithm>

#include "graders/math/boxed.h"
#include "graders/math/latex.h"
#include "graders/think.h"

namespace proctor::graders {
namespace {

constexpr std::string_view kLabel = "answer";
constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kEmphasis = " \t\r*_`\"";  // and white space; Markdown's, mostly
constexpr std::size_t kNone = std::string_view::npos;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Whether the word, which is in lower case, stands at `at` with no letter on either side.
bool word_at(std::string_view text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  if (at > 0 && is_letter(text[at - 1])) return false;
  const std::size_t end = at + word.size();
  if (end < text.size() && is_letter(text[end])) return false;
  return std::equal(word.begin(), word.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char wanted, char found) { return wanted == lower(found); });
}

// The last place before `before` where the label starts.
std::size_t last_label(std::string_view text, std::size_t before) {
  for (std::size_t at = before; at-- > 0;) {
    if (word_at(text, at, kLabel)) return at;
  }
  return kNone;
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

// The first ". " after `begin` that is not inside $...$; `end` if there is none.
std::size_t end_of_sentence(std::string_view text, std::size_t begin, std::size_t end) {
  bool in_formula = false;
  for (std::size_t at = begin; at + 1 < end; ++at) {
    if (text[at] == '$') in_formula = !in_formula;
    if (!in_formula && text[at] == '.' && text[at + 1] == ' ') return at;
  }
  return end;
}

Span stripped(std::string_view text, Span part, std::string_view around) {
  while (part.begin < part.end && around.find(text[part.begin]) != kNone) ++part.begin;
  while (part.end > part.begin && around.find(text[part.end - 1]) != kNone) --part.end;
  return part;
}

// What follows a label that says what the answer is; nothing after a mere mention of it.
std::optional<Span> statement_after(std::string_view text, std::size_t label) {
  std::size_t at = text.find_first_not_of(" \t*_", label + kLabel.size());
  if (at == kNone) return std::nullopt;
  if (word_at(text, at, "is")) {
    at += 2;
    if (at < text.size() && text[at] == ':') ++at;
  } else if (text[at] == ':') {
    ++at;
  } else {
    return std::nullopt;
  }
  return stripped(text, {at, end_of_sentence(text, at, end_of_line(text, at))}, kEmphasis);
}

}  // namespace

std::optional<Span> last_answer_line(std::string_view text) {
  const std::size_t label = last_label(text, text.size());
  if (label == kNone) return std::nullopt;
  const std::size_t newline = text.rfind('\n', label);
  return Span{newline == kNone ? 0 : newline + 1, end_of_line(text, label)};
}

std::optional<Span> last_answer_statement(std::string_view text) {
  for (std::size_t label = last_label(text, text.size()); label != kNone;
       label = last_label(text, label)) {
    const std::optional<Span> statement = statement_after(text, label);
    if (!statement) continue;
    if (statement->begin == statement->end) return std::nullopt;
    return statement;
  }
  return std::nullopt;
}

std::optional<FoundAnswer> find_answer(std::string_view text, AnswerLineReader read_answer_line) {
  if (const std::optional<Box> box = last_box(text)) {
    return FoundAnswer{box->closed ? "box" : "unterminated box",
                       stripped(text, box->content, kWhiteSpace)};
  }
  if (const std::optional<Span> span = read_answer_line(text)) {
    return FoundAnswer{"answer line", *span};
  }
  return std::nullopt;
}

Score score_final_answer(const Generation& reply, const GraderOptions& options,
                         AnswerLineReader read_answer_line,
                         const std::function<Judgement(const std::string& answer)>& judge) {
  const ThinkSplit split = split_thinking(reply, options.think_prefilled);
  Score score;
  score.verdict = Verdict::no_answer;
  score.thinking = split.state;
  if (const std::optional<std::string> reason = why_nothing_is_final(reply, split)) {
    score.explanation = *reason;
    return score;
  }
  const std::string_view text = reply.text;
  const std::size_t begin = split.answer.begin;
  const std::optional<FoundAnswer> found =
      find_answer(text.substr(begin, split.answer.end - begin), read_answer_line);
  if (!found) {
    score.explanation = "no box and no answer line";
    return score;
  }
  score.span = Span{begin + found->span.begin, begin + found->span.end};
  score.extracted = text.substr(score.span->begin, score.span->end - score.span->begin);

  Judgement judgement = judge(without_boxes(score.extracted));
  score.verdict = judgement.correct ? Verdict::correct : Verdict::wrong;
  score.canonical = std::move(judgement.canonical);
  score.explanation = std::string(found->rung) + ": " + judgement.how;
  return score;
}

}  // namespace proctor::graders
