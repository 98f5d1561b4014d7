// Small sets of our own that come with the program, for a first run without any download. They are
// stored as upstream stores AIME, MATH and LiveCodeBench, and go through the same importer.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::quickstart {

Benchmark like_aime();
Benchmark like_math();
Benchmark like_livecodebench();

}  // namespace proctor::tasks::quickstart
