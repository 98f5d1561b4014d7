#include "graders/math/equality_compare.h"

#include <algorithm>
#include <utility>

namespace proctor::graders::math {
namespace {

// All parts must be equal, and one that differs is enough to differ.
class Conjunction {
 public:
  // False once the outcome is known.
  bool add(Decision part) {
    if (part.verdict == Verdict::unequal) {
      decision_ = part;
      return false;
    }
    const bool graver = part.verdict != Verdict::equal && decision_.verdict == Verdict::equal;
    if (graver || decision_.stage.empty()) decision_ = part;
    return true;
  }
  Decision decision() const { return decision_; }

 private:
  Decision decision_{Verdict::equal, ""};
};

Decision unequal(std::string_view stage) { return {Verdict::unequal, stage}; }

bool is_empty_set(const Value& value) {
  switch (value.shape) {
    case Shape::collection:
      return value.parts.empty();
    case Shape::region:
      return value.ordered && value.pieces.empty();
    case Shape::constraints:
      return value.solved && value.ordered && value.pieces.empty();
    case Shape::text:
      return value.text == "no solution";
    default:
      return false;
  }
}

bool is_vector(const Value& value) {
  return value.shape == Shape::matrix &&
         (value.columns == 1 || value.columns == value.parts.size());
}

}  // namespace

Decision Comparer::compare(const Value& gold, const Value& prediction) {
  if (gold.parameter.empty() || prediction.parameter.empty()) {
    return compare_plainly(gold, prediction);
  }
  // The same family may count from elsewhere, or backwards: with k + 1 or -k for k.
  const Form* k = forms_.symbol(gold.parameter);
  Decision first;
  for (const int direction : {1, -1}) {
    for (const int offset : {0, 1, -1}) {
      const Form* index =
          forms_.sum(forms_.product(forms_.number(direction), k), forms_.number(offset));
      Value shifted = substituted(prediction, prediction.parameter, index);
      shifted.conditions.clear();
      const Decision decision = compare_plainly(gold, shifted);
      if (decision.verdict == Verdict::equal) return decision;
      if (direction == 1 && offset == 0) first = decision;
    }
  }
  return first;
}

Decision Comparer::compare_plainly(const Value& gold, const Value& prediction) {
  const bool equation = gold.shape == Shape::equation || prediction.shape == Shape::equation;
  if (equation && gold.shape != Shape::collection && prediction.shape != Shape::collection) {
    return with_conditions(equations(gold, prediction), gold, prediction);
  }
  if (!gold.name.empty() && !prediction.name.empty()) {
    return with_conditions(same_name(gold, prediction), gold, prediction);
  }
  return with_conditions(values(gold, prediction), gold, prediction);
}

// Conditions ("for x > 0") may be left out, but where both have them they must agree.
Decision Comparer::with_conditions(Decision decision, const Value& gold, const Value& prediction) {
  if (decision.verdict != Verdict::equal || gold.conditions.empty() ||
      prediction.conditions.empty()) {
    return decision;
  }
  const Decision conditions = in_order(gold.conditions, prediction.conditions);
  return conditions.verdict == Verdict::equal ? decision : conditions;
}

// f(x) = 2x and f(t) = 2t are the same function; x = 5 and y = 5 are different answers.
Decision Comparer::same_name(const Value& gold, const Value& prediction) {
  if (!gold.bound.empty() && gold.bound.size() == prediction.bound.size() &&
      gold.function == prediction.function) {
    if (gold.bound == prediction.bound) return values(gold, prediction);
    return values(gold, renamed(prediction, prediction.bound, gold.bound));
  }
  if (gold.name == prediction.name) return values(gold, prediction);
  if (gold.name_form != nullptr && prediction.name_form != nullptr) {
    return equations(gold, prediction);
  }
  return unequal("name");
}

Decision Comparer::values(const Value& gold, const Value& prediction) {
  if (is_empty_set(gold) || is_empty_set(prediction)) {
    return {is_empty_set(gold) && is_empty_set(prediction) ? Verdict::equal : Verdict::unequal,
            "structure"};
  }
  if (gold.shape == Shape::collection || prediction.shape == Shape::collection) {
    return collections(gold, prediction);
  }
  if (gold.shape != prediction.shape) return unlike(gold, prediction);
  switch (gold.shape) {
    case Shape::scalar:
      return scalars(gold.scalar, prediction.scalar);
    case Shape::tuple:
      return tuples(gold, prediction);
    case Shape::region:
      return regions(gold, prediction);
    case Shape::constraints:
      return gold.solved && prediction.solved ? regions(gold, prediction)
                                              : constraints(gold, prediction);
    case Shape::equation:
      return equations(gold, prediction);
    case Shape::matrix:
      return matrices(gold, prediction);
    case Shape::piecewise:
      return piecewise(gold, prediction);
    case Shape::ratio:
      return ratios(gold, prediction);
    case Shape::based:
      return based(gold, prediction);
    case Shape::congruence:
      return congruences(gold, prediction);
    case Shape::text:
      return {gold.text == prediction.text ? Verdict::equal : Verdict::unequal, "text"};
    case Shape::collection:
    case Shape::structure:
      return structures(gold, prediction);
  }
  return {};
}

// Values of different shapes, of which one can be read as the other.
Decision Comparer::unlike(const Value& gold, const Value& prediction) {
  const auto either = [&](Shape a, Shape b) {
    return (gold.shape == a && prediction.shape == b) || (gold.shape == b && prediction.shape == a);
  };
  if (has_pieces(gold) || has_pieces(prediction)) {
    const auto left = pieces_of(gold);
    const auto right = pieces_of(prediction);
    if (left && right) return pieces(*left, *right);
  }
  if (either(Shape::tuple, Shape::matrix)) {
    const Value& matrix = gold.shape == Shape::matrix ? gold : prediction;
    return is_vector(matrix) ? in_order(gold.parts, prediction.parts) : unequal("type");
  }
  if (either(Shape::scalar, Shape::ratio)) return ratios(gold, prediction);
  if (either(Shape::scalar, Shape::based)) return based(gold, prediction);
  if (either(Shape::scalar, Shape::congruence)) {
    return gold.shape == Shape::scalar ? scalars(gold.scalar, prediction.parts[0].scalar)
                                       : scalars(gold.parts[0].scalar, prediction.scalar);
  }
  const bool opaque = gold.shape == Shape::structure || prediction.shape == Shape::structure ||
                      gold.shape == Shape::piecewise || prediction.shape == Shape::piecewise;
  return {opaque ? Verdict::undecided : Verdict::unequal, "type"};
}

Decision Comparer::in_order(std::span<const Value> gold, std::span<const Value> prediction) {
  if (gold.size() != prediction.size()) return unequal("structure");
  Conjunction all;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    if (!all.add(compare(gold[i], prediction[i]))) break;
  }
  return all.decision();
}

// By name where both have names, else by position. Of two numbers the brackets tell a closed
// interval from an open one or a point.
Decision Comparer::tuples(const Value& gold, const Value& prediction) {
  if (gold.parts.size() != prediction.parts.size()) return unequal("structure");
  if (gold.names.empty() || prediction.names.empty()) {
    const bool brackets = gold.names.empty() && prediction.names.empty() &&
                          gold.parts.size() == 2 && gold.text != prediction.text;
    return brackets ? unequal("structure") : in_order(gold.parts, prediction.parts);
  }
  Conjunction all;
  for (std::size_t i = 0; i < gold.parts.size(); ++i) {
    const auto at = std::ranges::find(prediction.names, gold.names[i]);
    if (at == prediction.names.end()) return unequal("name");
    const auto j = static_cast<std::size_t>(at - prediction.names.begin());
    if (!all.add(compare(gold.parts[i], prediction.parts[j]))) break;
  }
  return all.decision();
}

Decision Comparer::matrices(const Value& gold, const Value& prediction) {
  if (gold.columns != prediction.columns) return unequal("structure");
  return in_order(gold.parts, prediction.parts);
}

// Branch by branch, in any order: each is a pair of value and condition.
Decision Comparer::piecewise(const Value& gold, const Value& prediction) {
  const auto branches = [](const Value& value) {
    std::vector<Value> pairs;
    for (std::size_t i = 0; i + 1 < value.parts.size(); i += 2) {
      Value pair;
      pair.shape = Shape::structure;
      pair.kind = Kind::piecewise;
      pair.parts = {value.parts[i + 1], value.parts[i]};
      pairs.push_back(std::move(pair));
    }
    return pairs;
  };
  const auto left = branches(gold);
  const auto right = branches(prediction);
  if (left.size() > kMostElements) return {Verdict::over_budget, "structure"};
  std::vector<const Value*> a;
  std::vector<const Value*> b;
  for (const Value& branch : left) a.push_back(&branch);
  for (const Value& branch : right) b.push_back(&branch);
  return any_order(a, b);
}

// Unlike operations may still come to the same, so that only equality is ever shown here, except
// between branches of piecewise functions.
Decision Comparer::structures(const Value& gold, const Value& prediction) {
  if (gold.kind != prediction.kind || gold.text != prediction.text) {
    return {Verdict::undecided, "opaque"};
  }
  if (gold.kind == Kind::piecewise) return in_order(gold.parts, prediction.parts);
  if (gold.kind == Kind::set_operation && gold.text != "difference") {
    std::vector<const Value*> a;
    std::vector<const Value*> b;
    for (const Value& part : gold.parts) a.push_back(&part);
    for (const Value& part : prediction.parts) b.push_back(&part);
    if (a.size() <= kMostElements && any_order(a, b).verdict == Verdict::equal) {
      return {Verdict::equal, "structure"};
    }
    return {Verdict::undecided, "opaque"};
  }
  const Decision parts = in_order(gold.parts, prediction.parts);
  return parts.verdict == Verdict::equal ? Decision{Verdict::equal, "structure"}
                                         : Decision{Verdict::undecided, "opaque"};
}

}  // namespace proctor::graders::math
