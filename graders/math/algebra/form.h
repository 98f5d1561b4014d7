// Expressions in a form that brings most equal ones together: sums and products flattened, sorted
// and with like terms collected, rationals exact, powers of numbers split into primes. Equal forms
// mean equal expressions on their generic domain (x/x is 1, \ln(xy) keeps its logarithm); unequal
// forms mean nothing yet, which is what zero_test.h is for.
//
// Nothing is expanded, and nothing large is computed: 10^{10^{10}} stays 2^{10^10} 5^{10^10}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graders/math/algebra/rational.h"

namespace proctor::graders::math {

enum class Op : std::uint8_t {
  number,     // number
  symbol,     // name: a variable, or something opaque that is equal only to itself
  constant,   // constant
  sum,        // number + parts, each with its own coefficient
  product,    // number * parts, each a power or something simpler
  power,      // parts: base, exponent; an odd root of a negative number is the real one
  function,   // function of parts
  undefined,  // 1/0, infinity - infinity, and what is too large to build
};

enum class Constant : std::uint8_t { pi, e, i, infinity };

enum class Function : std::uint8_t {
  sin,
  cos,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  ln,
  abs,
  floor,
  ceiling,
  factorial,
  double_factorial,
  max,
  min,
  gcd,
  lcm,
  mod,
  re,
  im,
  arg,
  conjugate
};

struct Form {
  Op op = Op::undefined;
  Constant constant = Constant::pi;
  Function function = Function::sin;
  bool has_symbol = false;    // some variable occurs
  bool has_opaque = false;    // some symbol is no variable but an integral, a limit...
  bool has_i = false;         // the imaginary unit occurs
  bool has_infinity = false;  // infinity occurs
  Rational number;
  std::string_view name;
  std::span<const Form* const> parts;
  std::int64_t size = 1;  // how many nodes it has as a tree, shared ones counted each time
  std::uint64_t hash = 0;
  std::uint64_t key = 0;        // the hash without the coefficient of a product
  Form* made_before = nullptr;  // how Forms finds them all

  bool is_number() const { return op == Op::number; }
  bool is_constant(Constant which) const { return op == Op::constant && constant == which; }
};

bool same(const Form& a, const Form& b);
std::string to_string(const Form& form);
// The names of the variables, sorted; opaque symbols too.
std::vector<std::string_view> symbols_of(const Form& form);

// The factors of a form without its coefficient, and that coefficient: 2 x^2 y has 2 and x^2, y.
std::span<const Form* const> factors_of(const Form* const& form);
const Rational& coefficient_of(const Form& form);

// Makes forms and owns them. Work is bounded: past its budget every form is undefined, and
// over_budget() says so. Not thread-safe; forms may be read from any thread.
class Forms {
 public:
  Forms();
  ~Forms();
  Forms(const Forms&) = delete;
  Forms& operator=(const Forms&) = delete;

  const Form* number(Rational value);
  const Form* symbol(std::string_view name, bool opaque = false);
  const Form* constant(Constant which);
  const Form* undefined();

  const Form* sum(std::span<const Form* const> terms);
  const Form* product(std::span<const Form* const> factors);
  const Form* power(const Form* base, const Form* exponent);
  const Form* function(Function which, std::span<const Form* const> arguments);

  const Form* sum(const Form* a, const Form* b);
  const Form* product(const Form* a, const Form* b);
  const Form* negative(const Form* a);
  const Form* difference(const Form* a, const Form* b);
  const Form* quotient(const Form* a, const Form* b);
  const Form* power(const Form* base, std::int64_t exponent);
  const Form* root(const Form* radicand, std::int64_t degree);
  const Form* function(Function which, const Form* argument);

  // `form` with `value` for each symbol called `name`.
  const Form* substitute(const Form* form, std::string_view name, const Form* value);
  // `form` with `value` wherever `what` occurs in it as a whole.
  const Form* replace(const Form* form, const Form* what, const Form* value);

  bool over_budget() const { return over_budget_; }
  std::string_view keep(std::string_view text);

 private:
  struct Term {
    Rational coefficient;
    const Form* monomial;
  };
  struct Factor {
    const Form* base;
    const Form* exponent;
  };

  const Form* rebuilt(const Form* form, std::vector<const Form*> parts);
  Form* make(Op op);
  const Form* finish(Form* form, std::span<const Form* const> parts);
  bool charge(const Rational& result);
  const Form* give_up();

  const Form* scaled(const Form* form, const Rational& by);
  const Form* sum_of_terms(Rational constant, std::vector<Term>& terms);
  const Form* infinite_sum(std::span<const Term> terms);
  const Form* product_of_factors(Rational coefficient, std::vector<Factor>& factors);
  bool merge_factors(Rational& coefficient, std::vector<Factor>& factors);
  bool cancel_factorials(std::vector<Factor>& factors);
  void absorb_primes(Rational& coefficient, std::vector<Factor>& factors);
  const Form* with_coefficient(const Rational& coefficient, std::span<const Form* const> factors);

  const Form* raw_power(const Form* base, const Form* exponent);
  const Form* number_power(const Rational& base, const Rational& exponent);
  const Form* number_to_form(const Rational& base, const Form* exponent);
  const Form* product_power(const Form& base, const Form* exponent);
  const Form* power_of_e(const Form* exponent);
  const Form* circular(Function which, const Form* argument);
  const Form* of_numbers(Function which, std::span<const Form* const> arguments);

  std::pmr::monotonic_buffer_resource memory_;
  Form* last_ = nullptr;
  std::int64_t work_ = 0;
  bool over_budget_ = false;
};

}  // namespace proctor::graders::math
