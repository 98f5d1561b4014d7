// Answers in LaTeX written otherwise by rule, for tests.
#pragma once

#include <string>
#include <vector>

namespace proctor::graders {

struct Respelling {
  const char* rule;
  std::string text;
};

// The answer with the same meaning in other spellings: spacing, layout, wrappers, fractions in all
// forms, exact decimals, grouped digits, lists in another order. At least six for any answer.
std::vector<Respelling> respellings(const std::string& answer);

// An answer of the same make with another meaning: another digit, or other words.
std::string perturbed(const std::string& answer);

}  // namespace proctor::graders
