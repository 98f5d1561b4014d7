#include "graders/math/algebra/modular.h"

#include "graders/math/algebra/hash.h"

namespace proctor::graders::math {
namespace {

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
constexpr std::int64_t kHighestPower = std::int64_t{1} << 30;
constexpr std::int64_t kMostBits = 59;

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum >= kPrime ? sum - kPrime : sum;
}

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return add(static_cast<std::uint64_t>(product & kPrime),
             static_cast<std::uint64_t>(product >> 61));
}

std::uint64_t raise(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

std::uint64_t inverse(std::uint64_t a) { return raise(a, kPrime - 2); }

class Evaluation {
 public:
  explicit Evaluation(std::uint64_t seed) : seed_(seed) {}

  bool run(const Form& form, std::uint64_t& out) {
    switch (form.op) {
      case Op::number:
        return number(form.number, out);
      case Op::symbol:
        pure_ &= !form.has_opaque;
        out = random(hash_of(form.name));
        return true;
      case Op::constant:
        return constant(form.constant, out);
      case Op::sum:
        return sum(form, out);
      case Op::product:
        return product(form, out);
      case Op::power:
        return power(form, out);
      case Op::function:
        return atom(form, static_cast<std::uint64_t>(form.function) + 17, out);
      case Op::undefined:
        return false;
    }
    return false;
  }

  // pi and e are transcendental, but whether they are independent is not known.
  bool pure() const { return pure_ && !(met_pi_ && met_e_); }
  bool long_numbers() const { return long_numbers_; }

 private:
  std::uint64_t random(std::uint64_t what) const { return mixed(what ^ seed_) % kPrime; }

  bool number(const Rational& value, std::uint64_t& out) {
    long_numbers_ |= value.bits() > kMostBits;
    out = fmpz_fdiv_ui(fmpq_numref(value.get()), kPrime);
    if (value.is_integer()) return true;
    const std::uint64_t below = fmpz_fdiv_ui(fmpq_denref(value.get()), kPrime);
    if (below == 0) return false;
    out = multiply(out, inverse(below));
    return true;
  }

  bool constant(Constant which, std::uint64_t& out) {
    if (which == Constant::infinity) return false;
    met_pi_ |= which == Constant::pi;
    met_e_ |= which == Constant::e;
    pure_ &= which != Constant::i;
    out = random(static_cast<std::uint64_t>(which) + 3);
    return true;
  }

  bool sum(const Form& form, std::uint64_t& out) {
    if (!number(form.number, out)) return false;
    for (const Form* part : form.parts) {
      std::uint64_t value = 0;
      if (!run(*part, value)) return false;
      out = add(out, value);
    }
    return true;
  }

  bool product(const Form& form, std::uint64_t& out) {
    if (!number(form.number, out)) return false;
    for (const Form* part : form.parts) {
      std::uint64_t value = 0;
      if (!run(*part, value)) return false;
      out = multiply(out, value);
    }
    return true;
  }

  bool power(const Form& form, std::uint64_t& out) {
    const Form& exponent = *form.parts[1];
    const auto steps = exponent.is_number() ? exponent.number.small() : std::nullopt;
    if (!steps || *steps > kHighestPower || *steps < -kHighestPower) return atom(form, 5, out);
    std::uint64_t base = 0;
    if (!run(*form.parts[0], base)) return false;
    if (*steps < 0 && base == 0) return false;
    out = raise(base, static_cast<std::uint64_t>(*steps < 0 ? -*steps : *steps));
    if (*steps < 0) out = inverse(out);
    return true;
  }

  bool atom(const Form& form, std::uint64_t kind, std::uint64_t& out) {
    pure_ = false;
    std::uint64_t hash = mixed(kind);
    for (const Form* part : form.parts) {
      std::uint64_t value = 0;
      if (!run(*part, value)) return false;
      hash = combined(hash, value);
    }
    out = random(hash);
    return true;
  }

  std::uint64_t seed_;
  bool pure_ = true;
  bool met_pi_ = false;
  bool met_e_ = false;
  bool long_numbers_ = false;
};

}  // namespace

std::optional<ModularValue> evaluate_modular(const Form& form, std::uint64_t seed) {
  Evaluation evaluation(mixed(seed));
  ModularValue result;
  if (!evaluation.run(form, result.value)) return std::nullopt;
  result.pure = evaluation.pure();
  result.long_numbers = evaluation.long_numbers();
  return result;
}

}  // namespace proctor::graders::math
