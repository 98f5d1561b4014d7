// Whether two forms are the same number or function: the ladder of comparisons, cheapest first.
#pragma once

#include <optional>
#include <string_view>

#include "graders/math/algebra/ball.h"
#include "graders/math/algebra/form.h"

namespace proctor::graders::math {

enum class Verdict {
  equal,    // shown exactly, or wrong with a probability below 2^-60
  unequal,  // proved
  undecided,
  over_budget,  // more steps or digits would be needed than allowed
};

struct Decision {
  Verdict verdict = Verdict::undecided;
  std::string_view stage;  // "exact", "structure", "modular" or "ball"
};

// Enough for any answer that people write; what needs more is over budget (some 5 ms).
constexpr std::int64_t kStepsOfComparison = 100'000;

// Symmetric. Constants are complex numbers; expressions with variables are functions of real
// variables, equal if they agree wherever both have a value: at random points in all sign patterns.
Decision compare_forms(const Form& a, const Form& b, Steps& steps);

// Which of two real constants is larger: -1, 0 or 1 for a < b, a = b, a > b; infinity is a constant
// here. Nothing if they are not real or it is not to be decided.
std::optional<int> compare_sizes(const Form& a, const Form& b, Steps& steps);

// Whether |a - b| is at most `relative` times the larger of |a| and |b|; no if that cannot be
// shown.
bool within(const Form& a, const Form& b, const Rational& relative, Steps& steps);

// Whether `decimal` begins with the digits of the constant `exact`: rounded or cut off after
// `digits` significant ones.
bool agrees_to_digits(const Form& exact, const Rational& decimal, int digits, Steps& steps);

}  // namespace proctor::graders::math
