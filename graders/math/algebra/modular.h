// Evaluates forms in the integers modulo 2^61 - 1, to tell rational functions apart by their values
// at a random point (Schwartz 1980, Zippel 1979).
#pragma once

#include <cstdint>
#include <optional>

#include "graders/math/algebra/form.h"

namespace proctor::graders::math {

struct ModularValue {
  std::uint64_t value = 0;
  // The form is a rational function of independent unknowns, so that different values prove
  // different forms. Otherwise functions, roots and the like stood for random numbers that depend
  // on the values of their arguments: equal values still mean equal forms, different ones nothing.
  bool pure = true;
  // A number in it is as long as the modulus, and equal values prove nothing.
  bool long_numbers = false;
};

// The form at the point that `seed` stands for; the same names get the same values. Nothing at a
// pole. A false agreement of forms of degree d has probability d / 2^61.
std::optional<ModularValue> evaluate_modular(const Form& form, std::uint64_t seed);

}  // namespace proctor::graders::math
