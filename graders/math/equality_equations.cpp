// Comparing relations: equations and inequalities up to a factor, solved ones as pieces of the
// line.
#include <algorithm>
#include <utility>

#include "graders/math/algebra/sample_points.h"
#include "graders/math/equality_compare.h"

namespace proctor::graders::math {
namespace {

Decision unequal(std::string_view stage) { return {Verdict::unequal, stage}; }

}  // namespace

const Form* Comparer::difference_of(const Value& value) {
  if (value.shape == Shape::equation) return value.constraints[0].difference;
  if (value.shape == Shape::scalar && value.name_form != nullptr) {
    return forms_.difference(value.name_form, value.scalar.form);
  }
  return nullptr;
}

// y = 2x + 1 and 2x - y + 1 = 0 say the same; the right side of an equation alone does not.
Decision Comparer::equations(const Value& gold, const Value& prediction) {
  const Form* left = difference_of(gold);
  const Form* right = difference_of(prediction);
  if (left == nullptr || right == nullptr) return unequal("type");
  return proportional({left, relation::kEqual}, {right, relation::kEqual});
}

// Whether one difference is a constant times the other: the quotient at one point is the only
// constant that it can be.
Decision Comparer::proportional(const Constraint& gold, const Constraint& prediction) {
  if (gold.relation != prediction.relation) return unequal("structure");
  const auto names = symbols_of(*gold.difference);
  if (names.empty() || names != symbols_of(*prediction.difference)) return unequal("structure");
  for (int index = 0; index < kSamplePoints; ++index) {
    const Form* above = gold.difference;
    const Form* below = prediction.difference;
    for (const Assignment& assignment : sample_point(names, 0, index)) {
      const Form* value = forms_.number(assignment.value);
      above = forms_.substitute(above, assignment.name, value);
      below = forms_.substitute(below, assignment.name, value);
    }
    const Form* factor = forms_.quotient(above, below);
    if (forms_.over_budget()) return {Verdict::over_budget, "structure"};
    if (factor->op == Op::undefined || (factor->is_number() && factor->number.is_zero())) continue;
    const bool directed = gold.relation == relation::kLess || gold.relation == relation::kAtMost;
    if (directed) {
      const auto sign = compare_sizes(*factor, *forms_.number(0), steps_);
      if (!sign) return {Verdict::undecided, "ball"};
      if (*sign < 0) return unequal("exact");
    }
    return compare_forms(*gold.difference, *forms_.product(factor, prediction.difference), steps_);
  }
  return {Verdict::undecided, "structure"};
}

// Each of the gold's bounds answers to one of the prediction's.
Decision Comparer::constraints(const Value& gold, const Value& prediction) {
  if (gold.constraints.size() != prediction.constraints.size()) {
    return {Verdict::undecided, "structure"};
  }
  std::vector<bool> used(prediction.constraints.size(), false);
  bool doubtful = false;
  for (const Constraint& wanted : gold.constraints) {
    bool found = false;
    for (std::size_t i = 0; i < used.size() && !found; ++i) {
      if (used[i]) continue;
      const Verdict verdict = proportional(wanted, prediction.constraints[i]).verdict;
      doubtful |= verdict == Verdict::undecided || verdict == Verdict::over_budget;
      found = verdict == Verdict::equal;
      if (found) used[i] = true;
    }
    if (!found) return {doubtful ? Verdict::undecided : Verdict::unequal, "structure"};
  }
  return {Verdict::equal, "structure"};
}

Decision Comparer::regions(const Value& gold, const Value& prediction) {
  return pieces(gold.pieces, prediction.pieces);
}

// Pieces that could be put in order have one normal form; others are compared as they were written.
Decision Comparer::pieces(std::span<const Interval> gold, std::span<const Interval> prediction) {
  std::vector<Interval> left(gold.begin(), gold.end());
  std::vector<Interval> right(prediction.begin(), prediction.end());
  const bool ordered = normalise(left) && normalise(right);
  if (left.size() != right.size()) {
    return {ordered ? Verdict::unequal : Verdict::undecided, "structure"};
  }
  Decision result{Verdict::equal, "exact"};
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::pair<const Endpoint*, const Endpoint*> ends[] = {{&left[i].low, &right[i].low},
                                                                {&left[i].high, &right[i].high}};
    for (const auto& [a, b] : ends) {
      if (a->closed != b->closed) return unequal("structure");
      const Decision decision = scalars(a->value, b->value);
      if (decision.verdict == Verdict::unequal) return decision;
      if (decision.verdict != Verdict::equal) result = decision;
    }
  }
  return result;
}

}  // namespace proctor::graders::math
