// Evaluates forms in ball arithmetic: a complex number and a radius that surely holds the true
// value (Johansson 2017, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "graders/math/algebra/flint.h"
#include "graders/math/algebra/form.h"

namespace proctor::graders::math {

class Ball {
 public:
  Ball() { acb_init(value_); }
  ~Ball() { acb_clear(value_); }
  Ball(const Ball&) = delete;
  Ball& operator=(const Ball&) = delete;

  acb_struct* get() { return value_; }
  const acb_struct* get() const { return value_; }
  arb_struct* real() { return acb_realref(value_); }
  const arb_struct* real() const { return acb_realref(value_); }

 private:
  acb_t value_;
};

// What may still be spent, in units of about 50 ns: an addition at 64 bits costs one.
class Steps {
 public:
  explicit Steps(std::int64_t left) : left_(left) {}

  bool spend(std::int64_t steps) {
    left_ -= steps;
    return left_ >= 0;
  }
  bool spent() const { return left_ < 0; }

 private:
  std::int64_t left_;
};

struct Assignment {
  std::string_view name;
  Rational value;
};

struct BallOptions {
  slong precision = 64;  // bits
  // A real logarithm, root or arc outside of its real domain has no value; otherwise it has its
  // principal one. Odd roots of negative numbers are real in any case.
  bool real = false;
};

class BallEvaluator {
 public:
  BallEvaluator(std::span<const Assignment> point, const BallOptions& options, Steps& steps)
      : point_(point), options_(options), steps_(steps) {}

  // False if there is no value here, or none that is finite at this precision, or no steps left.
  bool evaluate(const Form& form, Ball& out);

  // The largest |log2| of any value on the way, or length in bits of any number in the form: what
  // is smaller or larger by more than the precision may have been lost without a trace.
  slong widest() const { return widest_; }

 private:
  bool value_of(const Form& form, Ball& out);
  void set(const Rational& number, Ball& out);
  bool symbol(const Form& form, Ball& out);
  bool constant(Constant which, Ball& out);
  bool power(const Form& form, Ball& out);
  bool integer_power(const Ball& base, const Rational& exponent, Ball& out);
  bool rational_power(const Ball& base, const Rational& exponent, Ball& out);
  bool general_power(const Ball& base, const Ball& exponent, Ball& out);
  bool function(const Form& form, Ball& out);
  bool function_of(Function which, const Ball& x, Ball& out);
  bool exponential(const Ball& x, Ball& out);
  bool logarithm(const Ball& x, Ball& out);
  bool factorial(const Ball& x, Ball& out);
  bool extreme(const Form& form, Ball& out);

  std::span<const Assignment> point_;
  BallOptions options_;
  Steps& steps_;
  slong widest_ = 0;
};

}  // namespace proctor::graders::math
