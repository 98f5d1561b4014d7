// Sums and products over an index without a loop over it, where that can be.
#include <optional>

#include "graders/math/algebra/lower.h"

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kLongestLoop = 200;
constexpr int kHighestDegree = 12;

bool depends(const Form& form, std::string_view index) {
  if (!form.has_symbol) return false;
  if (form.op == Op::symbol) {
    // An opaque operation may have the index inside its name.
    return form.name == index || form.has_opaque || form.name.find('(') != form.name.npos;
  }
  for (const Form* part : form.parts) {
    if (depends(*part, index)) return true;
  }
  return false;
}

std::optional<int> degree_in(const Form& form, std::string_view index) {
  if (!depends(form, index)) return 0;
  switch (form.op) {
    case Op::symbol:
      return form.name == index ? std::optional(1) : std::nullopt;
    case Op::sum: {
      int highest = 0;
      for (const Form* part : form.parts) {
        const auto degree = degree_in(*part, index);
        if (!degree) return std::nullopt;
        highest = std::max(highest, *degree);
      }
      return highest;
    }
    case Op::product: {
      int total = 0;
      for (const Form* part : form.parts) {
        const auto degree = degree_in(*part, index);
        if (!degree) return std::nullopt;
        total += *degree;
      }
      return total;
    }
    case Op::power: {
      const auto base = degree_in(*form.parts[0], index);
      const auto exponent =
          form.parts[1]->is_number() ? form.parts[1]->number.small() : std::nullopt;
      if (!base || !exponent || *exponent < 0 || *exponent > kHighestDegree) return std::nullopt;
      return *base * static_cast<int>(*exponent);
    }
    default:
      return std::nullopt;
  }
}

// The number of steps from one bound to the other, if both are integers and it is small.
std::optional<std::int64_t> short_loop(const Form* from, const Form* to) {
  if (!from->is_number() || !to->is_number() || !from->number.is_integer() ||
      !to->number.is_integer()) {
    return std::nullopt;
  }
  const auto steps = (to->number - from->number + Rational(1)).small();
  if (!steps || *steps > kLongestLoop) return std::nullopt;
  return std::max<std::int64_t>(*steps, 0);
}

std::vector<const Form*> unrolled(Forms& forms, std::string_view index, const Form* from,
                                  std::int64_t steps, const Form* body) {
  std::vector<const Form*> values;
  for (std::int64_t step = 0; step < steps && !forms.over_budget(); ++step) {
    const Form* at = forms.sum(from, forms.number(Rational(step)));
    values.push_back(forms.substitute(body, index, at));
  }
  return values;
}

// Newton's forward differences: the sum of f(from + j) for j < m is the sum over k of
// (Delta^k f)(from) binomial(m, k + 1).
const Form* polynomial_sum(Forms& forms, std::string_view index, const Form* from,
                           const Form* count, const Form* body, int degree) {
  std::vector<const Form*> row = unrolled(forms, index, from, degree + 1, body);
  if (forms.over_budget()) return forms.undefined();
  std::vector<const Form*> terms;
  const Form* binomial = count;
  for (int k = 0; k <= degree; ++k) {
    terms.push_back(forms.product(row[0], binomial));
    const Form* next = forms.sum(count, forms.number(Rational(-k - 1)));
    const Form* factors[] = {binomial, next,
                             forms.number(Rational(1, static_cast<std::uint64_t>(k) + 2))};
    binomial = forms.product(factors);
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      row[i] = forms.difference(row[i + 1], row[i]);
    }
    row.pop_back();
  }
  return forms.sum(terms);
}

}  // namespace

const Form* closed_sum(Forms& forms, std::string_view index, const Form* from, const Form* to,
                       const Form* body) {
  if (const auto steps = short_loop(from, to)) {
    return forms.sum(unrolled(forms, index, from, *steps, body));
  }
  const bool infinite = to->is_constant(Constant::infinity);
  const Form* first = forms.substitute(body, index, from);
  const Form* next = forms.sum(forms.symbol(index), forms.number(1));
  const Form* ratio = forms.quotient(forms.substitute(body, index, next), body);
  if (ratio->is_number() && !ratio->number.is_one()) {
    const Form* rest = forms.power(forms.sum(forms.number(1), forms.negative(ratio)), -1);
    if (infinite) {
      const bool converges = compare(ratio->number.magnitude(), Rational(1)) < 0;
      return converges ? forms.product(first, rest) : forms.undefined();
    }
    const Form* count = forms.sum(forms.difference(to, from), forms.number(1));
    const Form* end = forms.difference(forms.number(1), forms.power(ratio, count));
    const Form* factors[] = {first, end, rest};
    return forms.product(factors);
  }
  const auto degree = degree_in(*body, index);
  if (infinite || !degree || *degree > kHighestDegree) return nullptr;
  const Form* count = forms.sum(forms.difference(to, from), forms.number(1));
  return polynomial_sum(forms, index, from, count, body, *degree);
}

const Form* closed_product(Forms& forms, std::string_view index, const Form* from, const Form* to,
                           const Form* body) {
  const auto steps = short_loop(from, to);
  if (!steps) return nullptr;
  return forms.product(unrolled(forms, index, from, *steps, body));
}

}  // namespace proctor::graders::math
