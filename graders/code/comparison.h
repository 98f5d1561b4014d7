// Whether what a program wrote is what was expected, by one of a few rules. Pure functions, linear
// in the texts.
//
//   exact      byte for byte; only the last line's line feed may be missing on either side
//   tokens     the same words, whatever white space is between them (testlib's wcmp)
//   open-r1    the same, where the words yes and no are the same in any case (the runner of
//              open-r1/codeforces for problems without a checker)
//   float:EPS  the same words, where numbers may differ by EPS, absolutely or relatively
//              (testlib's doubleCompare: NaN is NaN, infinities by their sign)
//   lcb        LiveCodeBench's: the same lines but for white space around them, where lines of
//              numbers are equal as exact decimals (reference/code_judging.md, section 1.5)
//
// All but `exact` and `lcb` know ASCII white space only, as C does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::graders::code {

struct Comparison {
  enum class Rule { exact, tokens, open_r1, floats, lcb };

  Rule rule = Rule::tokens;
  double tolerance = 0;  // of floats
};

// Reads a rule's name as above. Errors: invalid_input, listing the names there are.
Result<Comparison> parse_comparison(std::string_view name);

// Where the two differ, in words for a person; nothing if they do not.
std::optional<std::string> difference(const Comparison& comparison, std::string_view expected,
                                      std::string_view actual);

}  // namespace proctor::graders::code
