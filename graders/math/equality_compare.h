// Compares values: the rules by type of reference/math_grading.md, section 3.
#pragma once

#include <string_view>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {

constexpr std::size_t kMostElements = 64;  // of a set that is compared

// One comparison, with one budget for all its parts. The verdict is symmetric but for decimals,
// where the prediction may be an approximation of the gold.
class Comparer {
 public:
  Decision compare(const Value& gold, const Value& prediction);

 private:
  Decision compare_plainly(const Value& gold, const Value& prediction);
  Decision same_name(const Value& gold, const Value& prediction);
  Decision values(const Value& gold, const Value& prediction);
  Decision unlike(const Value& gold, const Value& prediction);
  Decision with_conditions(Decision decision, const Value& gold, const Value& prediction);

  Decision scalars(const Scalar& gold, const Scalar& prediction);
  Decision numbers(const Scalar& gold, const Scalar& prediction);
  bool decimal_agrees(const Scalar& gold, const Scalar& prediction);

  Decision in_order(std::span<const Value> gold, std::span<const Value> prediction);
  Decision tuples(const Value& gold, const Value& prediction);
  Decision collections(const Value& gold, const Value& prediction);
  Decision any_order(std::span<const Value* const> gold, std::span<const Value* const> prediction);
  Decision regions(const Value& gold, const Value& prediction);
  Decision pieces(std::span<const Interval> gold, std::span<const Interval> prediction);
  Decision matrices(const Value& gold, const Value& prediction);
  Decision piecewise(const Value& gold, const Value& prediction);
  Decision ratios(const Value& gold, const Value& prediction);
  Decision based(const Value& gold, const Value& prediction);
  Decision congruences(const Value& gold, const Value& prediction);
  Decision structures(const Value& gold, const Value& prediction);

  Decision equations(const Value& gold, const Value& prediction);
  Decision constraints(const Value& gold, const Value& prediction);
  Decision proportional(const Constraint& gold, const Constraint& prediction);
  const Form* difference_of(const Value& value);

  std::vector<const Value*> distinct(const Value& collection);
  Value renamed(const Value& value, std::span<const std::string_view> from,
                std::span<const std::string_view> to);
  Value substituted(const Value& value, std::string_view name, const Form* by);

  Steps steps_{kStepsOfComparison};
  Forms forms_;
};

}  // namespace proctor::graders::math
