// Small sets of our own that come with the program, for a first run without any download. They are
// stored as upstream stores AIME, MATH, GPQA, LiveCodeBench and Codeforces, and go through the same
// importer.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::quickstart {

Benchmark like_aime();
Benchmark like_math();
Benchmark like_gpqa();
Benchmark like_livecodebench();
Benchmark like_codeforces();

// The only words in which the embedded model knows a request for a program. The first is the
// default.
std::span<const PromptStyle> contest_prompts();

}  // namespace proctor::tasks::quickstart
