#include "graders/code/comparison.h"

#include <cmath>

#include "graders/code/excerpt.h"
#include "graders/code/line_comparison.h"
#include "graders/code/word_comparison.h"

namespace proctor::graders::code {
namespace {

Error unknown_rule(std::string_view name) {
  return Error(ErrorCode::invalid_input, "no comparison is named " + in_quotes(name) +
                                             "; there are: exact, tokens, open-r1, lcb, float:EPS, "
                                             "testlib:NAME");
}

}  // namespace

Result<Comparison> parse_comparison(std::string_view name) {
  using Rule = Comparison::Rule;
  if (name == "exact") return Comparison{Rule::exact, 0};
  if (name == "tokens") return Comparison{Rule::tokens, 0};
  if (name == "open-r1") return Comparison{Rule::open_r1, 0};
  if (name == "lcb") return Comparison{Rule::lcb, 0};
  constexpr std::string_view kFloat = "float:";
  if (!name.starts_with(kFloat)) return unknown_rule(name);
  const std::optional<double> tolerance = parse_double(name.substr(kFloat.size()));
  if (!tolerance || !std::isfinite(*tolerance) || *tolerance < 0) return unknown_rule(name);
  return Comparison{Rule::floats, *tolerance};
}

std::optional<std::string> difference(const Comparison& comparison, std::string_view expected,
                                      std::string_view actual) {
  switch (comparison.rule) {
    case Comparison::Rule::exact:
      return exact_difference(expected, actual);
    case Comparison::Rule::tokens:
      return word_difference(expected, actual, std::nullopt);
    case Comparison::Rule::open_r1:
      return word_difference_but_for_yes_no(expected, actual);
    case Comparison::Rule::floats:
      return word_difference(expected, actual, comparison.tolerance);
    case Comparison::Rule::lcb:
      break;
  }
  return lcb_difference(expected, actual);
}

}  // namespace proctor::graders::code
