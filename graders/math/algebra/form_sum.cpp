// Sums and products of forms: flattened, sorted by hash, like terms and equal bases collected.
#include <algorithm>

#include "graders/math/algebra/form.h"

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kLongestFactorialRatio = 64;
constexpr std::int64_t kShortPower = 1 << 20;  // longer ones are never written out

bool same_monomial(const Form* const& a, const Form* const& b) {
  const auto left = factors_of(a);
  const auto right = factors_of(b);
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](const Form* x, const Form* y) { return same(*x, *y); });
}

bool any_undefined(std::span<const Form* const> forms) {
  return std::ranges::any_of(forms, [](const Form* form) { return form->op == Op::undefined; });
}

// 0^n and (-1)^n stay as they are, and take nothing from the coefficient.
bool is_prime_base(const Rational& base) {
  return base.is_integer() && compare(base, Rational(1)) > 0;
}

bool is_proper_fraction(const Form& form) { return form.is_number() && !form.number.is_integer(); }

}  // namespace

const Form* Forms::sum(std::span<const Form* const> forms) {
  if (any_undefined(forms)) return undefined();
  Rational constant;
  std::vector<Term> terms;
  terms.reserve(forms.size() + 4);
  const auto add = [&](const Form* form) {
    if (form->is_number()) {
      constant = constant + form->number;
    } else {
      terms.push_back({coefficient_of(*form), form});
    }
    return charge(constant);
  };
  for (const Form* form : forms) {
    if (form->op != Op::sum) {
      if (!add(form)) return give_up();
      continue;
    }
    constant = constant + form->number;
    for (const Form* part : form->parts) {
      if (!add(part)) return give_up();
    }
  }
  return sum_of_terms(std::move(constant), terms);
}

const Form* Forms::sum_of_terms(Rational constant, std::vector<Term>& terms) {
  std::ranges::sort(terms, {}, [](const Term& term) { return term.monomial->key; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (kept > 0 && terms[kept - 1].monomial->key == terms[i].monomial->key &&
        same_monomial(terms[kept - 1].monomial, terms[i].monomial)) {
      if (terms[i].monomial->has_infinity &&
          terms[i].coefficient.sign() != terms[kept - 1].coefficient.sign()) {
        return undefined();
      }
      terms[kept - 1].coefficient = terms[kept - 1].coefficient + terms[i].coefficient;
      if (!charge(terms[kept - 1].coefficient)) return give_up();
    } else {
      if (kept > 0 && terms[kept - 1].coefficient.is_zero()) --kept;
      if (kept != i) terms[kept] = std::move(terms[i]);
      ++kept;
    }
  }
  if (kept > 0 && terms[kept - 1].coefficient.is_zero()) --kept;
  terms.resize(kept);
  for (const Term& term : terms) {
    if (term.monomial->has_infinity) return infinite_sum(terms);
  }
  if (terms.empty()) return number(std::move(constant));
  std::vector<const Form*> parts;
  parts.reserve(terms.size());
  for (const Term& term : terms) {
    parts.push_back(term.coefficient == coefficient_of(*term.monomial)
                        ? term.monomial
                        : with_coefficient(term.coefficient, factors_of(term.monomial)));
  }
  if (parts.size() == 1 && constant.is_zero()) return parts[0];
  Form* form = make(Op::sum);
  form->number = std::move(constant);
  return finish(form, parts);
}

// Infinity swallows numbers, and what else stands beside it cannot be judged.
const Form* Forms::infinite_sum(std::span<const Term> terms) {
  if (terms.size() != 1 || !factors_of(terms[0].monomial)[0]->is_constant(Constant::infinity)) {
    return undefined();
  }
  const Form* infinity = constant(Constant::infinity);
  return terms[0].coefficient.sign() > 0 ? infinity : scaled(infinity, Rational(-1));
}

const Form* Forms::with_coefficient(const Rational& coefficient,
                                    std::span<const Form* const> factors) {
  if (coefficient.is_one() && factors.size() == 1) return factors[0];
  Form* form = make(Op::product);
  form->number = coefficient;
  return finish(form, factors);
}

const Form* Forms::scaled(const Form* form, const Rational& by) {
  const Form* factors[] = {number(by), form};
  return product(factors);
}

const Form* Forms::product(std::span<const Form* const> forms) {
  if (any_undefined(forms)) return undefined();
  Rational coefficient(1);
  std::vector<Factor> factors;
  factors.reserve(forms.size() + 4);
  const Form* one = nullptr;
  const auto multiply = [&](const Form* form) {
    if (form->is_number()) {
      coefficient = coefficient * form->number;
      return charge(coefficient);
    }
    if (form->op == Op::power) {
      factors.push_back({form->parts[0], form->parts[1]});
    } else {
      if (one == nullptr) one = number(Rational(1));
      factors.push_back({form, one});
    }
    return true;
  };
  for (const Form* form : forms) {
    if (form->op == Op::product) {
      coefficient = coefficient * form->number;
      if (!charge(coefficient)) return give_up();
      for (const Form* part : form->parts) multiply(part);
    } else if (!multiply(form)) {
      return give_up();
    }
  }
  return product_of_factors(std::move(coefficient), factors);
}

const Form* Forms::product_of_factors(Rational coefficient, std::vector<Factor>& factors) {
  for (const Factor& factor : factors) {
    if (!factor.base->has_infinity) continue;
    if (factors.size() != 1 || coefficient.is_zero() || factor.exponent->op != Op::number ||
        !factor.exponent->number.is_one() || !factor.base->is_constant(Constant::infinity)) {
      return undefined();
    }
    return with_coefficient(Rational(coefficient.sign()), {&factor.base, 1});
  }
  if (coefficient.is_zero()) return number(Rational());
  // Merging two powers can give a product again (6^{1/2} twice is a number); each round has fewer
  // unlike bases to merge, so that few rounds suffice.
  while (factors.size() > 1 && merge_factors(coefficient, factors)) {
    if (over_budget_) return undefined();
  }
  if (cancel_factorials(factors)) {
    std::vector<const Form*> parts{number(std::move(coefficient))};
    for (const Factor& factor : factors) parts.push_back(power(factor.base, factor.exponent));
    return product(parts);
  }
  absorb_primes(coefficient, factors);
  if (!charge(coefficient)) return give_up();
  std::vector<const Form*> parts;
  parts.reserve(factors.size());
  for (const Factor& factor : factors) {
    const bool plain = factor.exponent->is_number() && factor.exponent->number.is_one();
    parts.push_back(plain ? factor.base : raw_power(factor.base, factor.exponent));
  }
  if (parts.empty()) return number(std::move(coefficient));
  if (parts.size() == 1 && parts[0]->op == Op::sum && !coefficient.is_one()) {
    const Form& inner = *parts[0];
    std::vector<Term> terms;
    terms.reserve(inner.parts.size());
    for (const Form* part : inner.parts) {
      terms.push_back({coefficient_of(*part) * coefficient, part});
    }
    return sum_of_terms(inner.number * coefficient, terms);
  }
  std::ranges::sort(parts, {}, [](const Form* part) { return part->hash; });
  return with_coefficient(coefficient, parts);
}

// One round of adding the exponents of equal bases. True if another may be needed.
bool Forms::merge_factors(Rational& coefficient, std::vector<Factor>& factors) {
  std::ranges::sort(factors, {}, [](const Factor& factor) { return factor.base->hash; });
  std::vector<Factor> merged;
  merged.reserve(factors.size());
  bool again = false;
  for (std::size_t i = 0; i < factors.size();) {
    std::size_t end = i + 1;
    while (end < factors.size() && same(*factors[i].base, *factors[end].base)) ++end;
    if (end == i + 1) {
      merged.push_back(factors[i++]);
      continue;
    }
    std::vector<const Form*> exponents;
    for (; i < end; ++i) exponents.push_back(factors[i].exponent);
    const Form* base = factors[end - 1].base;
    const Form* combined = power(base, sum(exponents));
    coefficient =
        coefficient * (combined->is_number() ? combined->number : coefficient_of(*combined));
    if (combined->is_number()) continue;
    for (const Form* part : factors_of(combined)) {
      if (part->op == Op::power) {
        again |= !same(*part->parts[0], *base);
        merged.push_back({part->parts[0], part->parts[1]});
      } else {
        again |= !same(*part, *base);
        merged.push_back({part, number(Rational(1))});
      }
    }
  }
  factors = std::move(merged);
  return again;
}

// (n + 2)! / n! is (n + 2)(n + 1). True if one pair was found, and replaced.
bool Forms::cancel_factorials(std::vector<Factor>& factors) {
  const auto argument_of = [](const Factor& factor, std::int64_t exponent) -> const Form* {
    const bool factorial =
        factor.base->op == Op::function && factor.base->function == Function::factorial;
    const bool raised =
        factor.exponent->is_number() && factor.exponent->number == Rational(exponent);
    return factorial && raised ? factor.base->parts[0] : nullptr;
  };
  for (Factor& above : factors) {
    const Form* n = argument_of(above, 1);
    if (n == nullptr) continue;
    for (Factor& below : factors) {
      const Form* m = argument_of(below, -1);
      const Form* gap = m != nullptr ? difference(n, m) : nullptr;
      const auto steps = gap != nullptr && gap->is_number() ? gap->number.small() : std::nullopt;
      if (!steps || *steps < -kLongestFactorialRatio || *steps > kLongestFactorialRatio) continue;
      std::vector<const Form*> between;
      for (std::int64_t k = 1; k <= std::max(*steps, -*steps); ++k) {
        between.push_back(sum(*steps > 0 ? m : n, number(Rational(k))));
      }
      const Form* ratio = product(between);
      above = {ratio, number(Rational(*steps > 0 ? 1 : -1))};
      below = {number(Rational(1)), number(Rational(1))};
      return true;
    }
  }
  return false;
}

// 2 * 2^n is 2^{n+1}: the primes of the coefficient belong to the powers that stay symbolic.
void Forms::absorb_primes(Rational& coefficient, std::vector<Factor>& factors) {
  if (coefficient.magnitude().is_one()) return;
  for (Factor& factor : factors) {
    if (!factor.base->is_number() || !is_prime_base(factor.base->number) ||
        is_proper_fraction(*factor.exponent)) {
      continue;
    }
    Rational numerator = coefficient.numerator();
    Rational denominator = coefficient.denominator();
    const fmpz* prime = fmpq_numref(factor.base->number.get());
    const slong above =
        fmpz_remove(fmpq_numref(numerator.get()), fmpq_numref(numerator.get()), prime);
    const slong below =
        fmpz_remove(fmpq_numref(denominator.get()), fmpq_numref(denominator.get()), prime);
    if (above == below) continue;
    coefficient = numerator * denominator.inverse();
    factor.exponent = sum(factor.exponent, number(Rational(above - below)));
    if (!charge(coefficient)) return;
    const auto steps =
        factor.exponent->is_number() ? factor.exponent->number.small() : std::nullopt;
    if (!steps || *steps > kShortPower || *steps < -kShortPower) continue;
    const Form* written = power(factor.base, *steps);
    if (!written->is_number()) continue;
    coefficient = coefficient * written->number;
    factor.base = number(Rational(1));
    factor.exponent = factor.base;
  }
  std::erase_if(factors, [](const Factor& factor) {
    return factor.base->is_number() && factor.base->number.is_one();
  });
}

}  // namespace proctor::graders::math
