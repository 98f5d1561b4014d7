// How long the replies to a benchmark of 30 problems are, made up: a lognormal over problems times
// a lognormal over the samples of each (shared/reference/inference.md, section 2).
#pragma once

#include <cstdint>

namespace proctor::bench {

// Published runs of reasoning models on AIME end so: half of the replies below 8,110 tokens, nine
// tenths below 19,210, one in fifty cut at the cap, 10,000 in the mean.
struct LengthShape {
  double median = 8110;
  double problem_spread = 0.5;  // of the logarithm
  double sample_spread = 0.45;
  double cap = 32'768;
  double shorten = 1;  // by what each length is divided
};

// In tokens, at least 1. Always the same for the same arguments.
int reply_length(const LengthShape& shape, std::uint64_t seed, int question, int repeat);

}  // namespace proctor::bench
