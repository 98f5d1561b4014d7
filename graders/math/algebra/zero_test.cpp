#include "graders/math/algebra/zero_test.h"

#include <algorithm>

#include "graders/math/algebra/modular.h"
#include "graders/math/algebra/sample_points.h"

namespace proctor::graders::math {
namespace {

constexpr slong kPrecisions[] = {64, 384, 1024, 4096};
constexpr slong kCertainty = 300;  // bits: Ramanujan's constant misses its integer at 2^-98
constexpr int kModularPoints = 3;
constexpr int kFewestPoints = 3;
constexpr int kCertainPoints = 4;

// Whether a ball around zero is so small that the value is zero: below the smallest number that
// could have entered by kCertainty bits, so that nothing like 1 + e^{-1000} passes for 1.
bool surely_zero(const Ball& value, slong widest) {
  mag_t size;
  mag_init(size);
  acb_get_mag(size, value.get());
  const bool tiny = mag_cmp_2exp_si(size, -(kCertainty + widest)) < 0;
  mag_clear(size);
  return tiny;
}

// The difference as a constant, at rising precision.
Decision constant_is_zero(const Form& difference, Steps& steps) {
  for (const slong precision : kPrecisions) {
    Ball value;
    BallEvaluator evaluator({}, {.precision = precision, .real = false}, steps);
    if (evaluator.evaluate(difference, value)) {
      if (!acb_contains_zero(value.get())) return {Verdict::unequal, "ball"};
      if (precision > kCertainty && surely_zero(value, evaluator.widest())) {
        return {Verdict::equal, "ball"};
      }
    }
    if (steps.spent()) return {Verdict::over_budget, "ball"};
  }
  return {Verdict::undecided, "ball"};
}

std::optional<Decision> modular_is_zero(const Form& difference, std::uint64_t seed) {
  int zeros = 0;
  for (int point = 0; point < kModularPoints; ++point) {
    const auto value = evaluate_modular(
        difference, seed + static_cast<std::uint64_t>(point) * 0x9e3779b97f4a7c15u);
    if (!value || value->long_numbers) continue;
    if (value->value == 0) {
      ++zeros;
    } else if (value->pure) {
      return Decision{Verdict::unequal, "modular"};
    } else {
      return std::nullopt;
    }
  }
  if (zeros == kModularPoints) return Decision{Verdict::equal, "modular"};
  return std::nullopt;
}

// A function of variables at sample points: first cheaply at all of them, where one difference is a
// proof, then at a few with the precision that lets agreement be believed.
class FunctionTest {
 public:
  FunctionTest(const Form& difference, std::uint64_t seed, Steps& steps)
      : difference_(difference), names_(symbols_of(difference)), seed_(seed), steps_(steps) {}

  Decision run() {
    for (const bool real : {true, false}) {
      const auto defined = defined_points(real);
      if (unequal_) return {Verdict::unequal, "ball"};
      if (steps_.spent()) return {Verdict::over_budget, "ball"};
      if (defined.size() >= kFewestPoints) return confirm(defined, real);
    }
    return {Verdict::undecided, "ball"};
  }

 private:
  std::vector<int> defined_points(bool real) {
    std::vector<int> defined;
    for (int index = 0; index < kSamplePoints; ++index) {
      const auto point = sample_point(names_, seed_, index);
      Ball value;
      BallEvaluator evaluator(point, {.precision = kPrecisions[0], .real = real}, steps_);
      if (!evaluator.evaluate(difference_, value)) continue;
      if (!acb_contains_zero(value.get())) {
        unequal_ = true;
        return defined;
      }
      defined.push_back(index);
    }
    return defined;
  }

  Decision confirm(std::span<const int> defined, bool real) {
    const int stride = std::max(1, static_cast<int>(defined.size()) / kCertainPoints);
    for (std::size_t i = 0; i < defined.size(); i += static_cast<std::size_t>(stride)) {
      const Verdict verdict = at_point(sample_point(names_, seed_, defined[i]), real);
      if (verdict != Verdict::equal) return {verdict, "ball"};
    }
    return {Verdict::equal, "ball"};
  }

  Verdict at_point(std::span<const Assignment> point, bool real) {
    for (const slong precision : std::span(kPrecisions).subspan(1)) {
      Ball value;
      BallEvaluator evaluator(point, {.precision = precision, .real = real}, steps_);
      if (evaluator.evaluate(difference_, value)) {
        if (!acb_contains_zero(value.get())) return Verdict::unequal;
        if (surely_zero(value, evaluator.widest())) return Verdict::equal;
      }
      if (steps_.spent()) return Verdict::over_budget;
    }
    return Verdict::undecided;
  }

  const Form& difference_;
  std::vector<std::string_view> names_;
  std::uint64_t seed_;
  Steps& steps_;
  bool unequal_ = false;
};

// What is opaque could be anything, so that it is never shown to differ.
Decision unless_opaque(Decision decision, const Form& difference) {
  if (decision.verdict == Verdict::unequal && difference.has_opaque) {
    return {Verdict::undecided, "opaque"};
  }
  return decision;
}

// Infinities are equal or not by their signs, and differ from every number.
Decision compare_infinities(const Form& a, const Form& b) {
  if (a.has_infinity && b.has_infinity) return {Verdict::unequal, "exact"};
  const Form& finite = a.has_infinity ? b : a;
  return {finite.has_symbol ? Verdict::undecided : Verdict::unequal, "exact"};
}

}  // namespace

Decision compare_forms(const Form& a, const Form& b, Steps& steps) {
  if (a.op == Op::undefined || b.op == Op::undefined) return {Verdict::undecided, "undefined"};
  if (a.is_number() && b.is_number()) {
    return {a.number == b.number ? Verdict::equal : Verdict::unequal, "exact"};
  }
  if (same(a, b)) return {Verdict::equal, "structure"};
  if (a.has_infinity || b.has_infinity) return compare_infinities(a, b);
  Forms forms;
  const Form* difference = forms.difference(&a, &b);
  if (forms.over_budget()) return {Verdict::over_budget, "structure"};
  if (difference->op == Op::undefined) return {Verdict::undecided, "undefined"};
  if (difference->is_number()) {
    return {difference->number.is_zero() ? Verdict::equal : Verdict::unequal, "structure"};
  }
  const std::uint64_t seed = a.hash + b.hash;
  if (const auto decision = modular_is_zero(*difference, seed)) return *decision;
  if (!difference->has_symbol) {
    const Decision decision = constant_is_zero(*difference, steps);
    if (decision.verdict == Verdict::equal || decision.verdict == Verdict::unequal) return decision;
    // What is too large for balls may still cancel: 1000000! / 999999!.
    const Form* ratio = forms.quotient(&a, &b);
    if (!ratio->is_number()) return decision;
    return {ratio->number.is_one() ? Verdict::equal : Verdict::unequal, "structure"};
  }
  return unless_opaque(FunctionTest(*difference, seed, steps).run(), *difference);
}

std::optional<int> compare_sizes(const Form& a, const Form& b, Steps& steps) {
  if (a.is_number() && b.is_number()) return std::clamp(compare(a.number, b.number), -1, 1);
  if (a.op == Op::undefined || b.op == Op::undefined) return std::nullopt;
  if (a.has_infinity || b.has_infinity) {
    const auto end = [](const Form& form) {
      return !form.has_infinity ? 0 : coefficient_of(form).sign() > 0 ? 1 : -1;
    };
    const int difference = end(a) - end(b);
    return difference == 0 ? std::optional<int>() : std::clamp(difference, -1, 1);
  }
  if (a.has_symbol || b.has_symbol) return std::nullopt;
  Forms forms;
  const Form* difference = forms.difference(&a, &b);
  for (const slong precision : kPrecisions) {
    Ball value;
    BallEvaluator evaluator({}, {.precision = precision, .real = false}, steps);
    if (!evaluator.evaluate(*difference, value)) continue;
    if (!arb_contains_zero(acb_imagref(value.get()))) return std::nullopt;
    if (!arb_contains_zero(value.real())) return arb_is_positive(value.real()) ? 1 : -1;
    if (precision > kCertainty && surely_zero(value, evaluator.widest())) return 0;
  }
  return std::nullopt;
}

}  // namespace proctor::graders::math
