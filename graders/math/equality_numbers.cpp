// Comparing numbers: units, percent and degrees on the outside, decimals as approximations; and
// what is made of a few numbers, ratios, based numbers and residues.
#include <algorithm>
#include <utility>

#include "graders/math/equality_compare.h"

namespace proctor::graders::math {
namespace {

constexpr int kAgreeingDigits = 6;

Decision unequal(std::string_view stage) { return {Verdict::unequal, stage}; }

// Whether two literals differ by less than one in the last place that both have.
bool agree_as_written(const Scalar& a, const Scalar& b) {
  constexpr int kFurthestPlace = 400;
  const int place = std::max(a.last_place, b.last_place);
  if (place < -kFurthestPlace || place > kFurthestPlace) return true;
  const Rational unit = Rational(10).power(place);
  return compare((a.form->number - b.form->number).magnitude(), unit) < 0;
}

}  // namespace

// A unit may be left out, and so may a percent sign or the sign of degrees, whose number is then
// the one that was written.
Decision Comparer::scalars(const Scalar& gold, const Scalar& prediction) {
  if (!gold.unit.empty() && !prediction.unit.empty() && gold.unit != prediction.unit) {
    return unequal("unit");
  }
  const Decision plain = numbers(gold, prediction);
  if (plain.verdict == Verdict::equal) return plain;
  const auto as_written = [&](const Scalar& scalar, const Form* factor) {
    Scalar written = scalar;
    written.form = forms_.product(scalar.form, factor);
    if (scalar.percent) written.last_place += 2;
    return written;
  };
  const auto retry = [&](bool in_gold, const Form* factor) {
    return in_gold ? numbers(as_written(gold, factor), prediction)
                   : numbers(gold, as_written(prediction, factor));
  };
  if (gold.percent != prediction.percent) {
    const Decision bare = retry(gold.percent, forms_.number(100));
    if (bare.verdict == Verdict::equal) return {Verdict::equal, "percent"};
  }
  if (gold.degrees != prediction.degrees) {
    const Form* per_radian = forms_.quotient(forms_.number(180), forms_.constant(Constant::pi));
    const Decision bare = retry(gold.degrees, per_radian);
    if (bare.verdict == Verdict::equal) return {Verdict::equal, "degrees"};
  }
  return plain;
}

Decision Comparer::numbers(const Scalar& gold, const Scalar& prediction) {
  const Decision exact = compare_forms(*gold.form, *prediction.form, steps_);
  if (exact.verdict == Verdict::equal || !(gold.decimal || prediction.decimal)) return exact;
  if (gold.form->has_symbol || prediction.form->has_symbol || gold.form->has_infinity ||
      prediction.form->has_infinity) {
    return exact;
  }
  return decimal_agrees(gold, prediction) ? Decision{Verdict::equal, "decimal"} : exact;
}

// A decimal gold is met to a millionth of its value, and by another decimal only if they agree as
// far as both are written. An exact gold is met by a decimal of six significant digits or more, all
// of them right if the gold has a finite decimal itself; and a whole number only by itself.
bool Comparer::decimal_agrees(const Scalar& gold, const Scalar& prediction) {
  if (gold.decimal && (gold.literal || prediction.decimal)) {
    if (gold.literal && prediction.literal && !agree_as_written(gold, prediction)) return false;
    return within(*gold.form, *prediction.form, Rational(1, 1'000'000), steps_);
  }
  if (!prediction.decimal) return false;
  const bool finite = gold.form->is_number() && gold.form->number.terminates();
  if (finite && gold.form->number.is_integer()) return false;
  if (prediction.digits == 0) {
    return !finite && within(*gold.form, *prediction.form, Rational(1, 2'000'000), steps_);
  }
  if (prediction.digits < kAgreeingDigits || !prediction.form->is_number()) return false;
  return agrees_to_digits(*gold.form, prediction.form->number,
                          finite ? prediction.digits : kAgreeingDigits, steps_);
}

// a : b as the numbers that stand in that ratio, or as the one number a/b.
Decision Comparer::ratios(const Value& gold, const Value& prediction) {
  const auto quotient_of = [&](const Value& value) -> const Form* {
    if (value.shape == Shape::scalar) return value.scalar.form;
    return value.parts.size() != 2
               ? nullptr
               : forms_.quotient(value.parts[0].scalar.form, value.parts[1].scalar.form);
  };
  if (gold.shape != prediction.shape || gold.parts.size() == 2) {
    const Form* left = quotient_of(gold);
    const Form* right = quotient_of(prediction);
    if (left == nullptr || right == nullptr) return unequal("structure");
    return compare_forms(*left, *right, steps_);
  }
  if (gold.parts.size() != prediction.parts.size()) return unequal("structure");
  for (std::size_t i = 1; i < gold.parts.size(); ++i) {
    const Form* across = forms_.product(gold.parts[0].scalar.form, prediction.parts[i].scalar.form);
    const Form* down = forms_.product(gold.parts[i].scalar.form, prediction.parts[0].scalar.form);
    const Decision decision = compare_forms(*across, *down, steps_);
    if (decision.verdict != Verdict::equal) return decision;
  }
  return {Verdict::equal, "exact"};
}

// Digits and base; the base may be left out.
Decision Comparer::based(const Value& gold, const Value& prediction) {
  if (gold.shape == prediction.shape) {
    if (gold.text != prediction.text) return unequal("structure");
    return in_order(gold.parts, prediction.parts);
  }
  const Value& digits = gold.shape == Shape::based ? gold : prediction;
  const Value& bare = gold.shape == Shape::based ? prediction : gold;
  const Form& form = *bare.scalar.form;
  if (!form.is_number() || !form.number.is_integer()) return unequal("type");
  return {form.number.text() == digits.text ? Verdict::equal : Verdict::unequal, "structure"};
}

Decision Comparer::congruences(const Value& gold, const Value& prediction) {
  const Form& modulus = *gold.parts[1].scalar.form;
  const Decision moduli = compare_forms(modulus, *prediction.parts[1].scalar.form, steps_);
  if (moduli.verdict != Verdict::equal) return moduli;
  const Form* multiple = forms_.quotient(
      forms_.difference(gold.parts[0].scalar.form, prediction.parts[0].scalar.form), &modulus);
  if (multiple->is_number()) {
    return {multiple->number.is_integer() ? Verdict::equal : Verdict::unequal, "exact"};
  }
  return scalars(gold.parts[0].scalar, prediction.parts[0].scalar);
}

}  // namespace proctor::graders::math
