#include "graders/integer_answer.h"

#include <algorithm>

#include "graders/final_answer.h"
#include "graders/math/boxed.h"
#include "graders/math/latex.h"
#include "graders/math/normal_form.h"

namespace proctor::graders {
namespace {

// Words after a number that are part of its value and not its unit.
constexpr std::string_view kScales[] = {"dozen",   "hundred",  "thousand", "million",
                                        "billion", "trillion", "factorial"};
// Shorter words than three letters are taken for variables (25x, 25ab) but for these.
constexpr std::string_view kShortUnits[] = {"cm", "mm", "km", "ft", "in", "mi", "kg", "lb", "hr"};

// "cm", "degrees", "cm^{2}"; also nothing at all.
bool is_unit(std::string_view rest) {
  for (const std::string_view power : {"^{2}", "^{3}"}) {
    if (rest.size() > power.size() && rest.ends_with(power)) rest.remove_suffix(power.size());
  }
  if (!std::all_of(rest.begin(), rest.end(), is_letter)) return false;
  if (std::find(std::begin(kScales), std::end(kScales), rest) != std::end(kScales)) return false;
  return rest.size() != 1 &&
         (rest.size() != 2 ||
          std::find(std::begin(kShortUnits), std::end(kShortUnits), rest) != std::end(kShortUnits));
}

std::size_t count_leading(std::string_view text, bool (*matches)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), matches) -
                                  text.begin());
}

// Reads normal forms; see parse_integer.
std::optional<std::string> parse_normal_integer(std::string_view text) {
  if (const std::size_t equals = text.rfind('='); equals != std::string_view::npos) {
    text.remove_prefix(equals + 1);
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);

  std::string_view digits = text.substr(0, count_leading(text, is_digit));
  if (digits.empty()) return std::nullopt;
  text.remove_prefix(digits.size());
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    text.remove_prefix(count_leading(text, [](char c) { return c == '0'; }));
  }
  if (!is_unit(text)) return std::nullopt;

  digits.remove_prefix(count_leading(digits, [](char c) { return c == '0'; }));
  if (digits.empty()) return "0";
  return (negative ? "-" : "") + std::string(digits);
}

std::string_view part_of(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

// `span` without the brackets, emphasis and punctuation that a sentence puts around a number.
Span without_punctuation(std::string_view text, Span span) {
  constexpr std::string_view kBefore = "(*_\"'`";
  constexpr std::string_view kAfter = ")*_\"'`.,;!?";
  const auto is_in = [](std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
  };
  while (span.begin < span.end && is_in(kBefore, text[span.begin])) ++span.begin;
  while (span.begin < span.end && is_in(kAfter, text[span.end - 1])) {
    const bool closes_formula = part_of(text, span).ends_with("\\)");
    if (closes_formula) break;
    --span.end;
  }
  return span;
}

// Whether the word "answer" in any case stands at `at`, no letter on either side.
bool answer_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kAnswer = "answer";
  if (text.size() - at < kAnswer.size() || (at > 0 && is_letter(text[at - 1]))) return false;
  const std::size_t end = at + kAnswer.size();
  if (end < text.size() && is_letter(text[end])) return false;
  return std::equal(kAnswer.begin(), kAnswer.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char wanted, char found) { return wanted == (found | 0x20); });
}

// The last line that says "answer".
std::optional<Span> last_answer_line(std::string_view text) {
  for (std::size_t at = text.size(); at-- > 0;) {
    if (!answer_at(text, at)) continue;
    return Span{text.rfind('\n', at) + 1, std::min(text.find('\n', at), text.size())};
  }
  return std::nullopt;
}

// The last word of the last answer line that is an integer by itself; never a piece of a formula.
std::optional<Span> last_integer_on_answer_line(std::string_view text) {
  const std::optional<Span> line = last_answer_line(text);
  if (!line) return std::nullopt;
  const auto separates = [](char c) { return is_space(c) || c == ':'; };
  for (std::size_t end = line->end; end > line->begin;) {
    if (separates(text[end - 1])) {
      --end;
      continue;
    }
    std::size_t begin = end;
    while (begin > line->begin && !separates(text[begin - 1])) --begin;
    const Span word = without_punctuation(text, {begin, end});
    if (parse_integer(part_of(text, word))) return word;
    end = begin;
  }
  return std::nullopt;
}

Span without_outer_spaces(std::string_view text, Span span) {
  while (span.begin < span.end && is_space(text[span.begin])) ++span.begin;
  while (span.begin < span.end && is_space(text[span.end - 1])) --span.end;
  return span;
}

// The last box, or else the integer on the answer line.
std::optional<FoundAnswer> find_integer(std::string_view text) {
  std::string_view rung = "answer line";
  std::optional<Span> span;
  if (const std::optional<Box> box = last_box(text)) {
    rung = box->closed ? "box" : "unterminated box";
    span = without_outer_spaces(text, box->content);
  } else {
    span = last_integer_on_answer_line(text);
  }
  if (!span) return std::nullopt;
  return FoundAnswer{std::string(rung), *span, without_boxes(part_of(text, *span))};
}

class IntegerAnswer : public Grader {
 public:
  explicit IntegerAnswer(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "integer@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const std::optional<std::string> gold = parse_integer(question.gold);
    if (!gold) {
      return Error(ErrorCode::invalid_input, "question \"" + question.id + "\": gold \"" +
                                                 question.gold + "\" is not an integer");
    }
    return score_final_answer(reply, options_, find_integer, "no box and no answer line",
                              [&](const FoundAnswer& answer) { return judge(answer.text, *gold); });
  }

 private:
  static Judgement judge(const std::string& answer, const std::string& gold) {
    std::string normal = normal_form(answer);
    std::optional<std::string> value = parse_normal_integer(normal);
    if (!value) return {Verdict::wrong, std::move(normal), "not an integer"};
    const bool equal = *value == gold;
    return {equal ? Verdict::correct : Verdict::wrong, std::move(*value),
            (equal ? "equal as integers to " : "differs as an integer from ") + gold};
  }

  GraderOptions options_;
};

}  // namespace

std::optional<std::string> parse_integer(std::string_view answer) {
  return parse_normal_integer(normal_form(answer));
}

std::unique_ptr<Grader> make_integer_answer(const GraderOptions& options) {
  return std::make_unique<IntegerAnswer>(options);
}

}  // namespace proctor::graders
