// How much of a score is kept.
#pragma once

#include "harness/core/score.h"

namespace proctor::harness::grading {

// Cuts the texts of a score to what the store keeps. A canonical form that is cut still tells its
// answer from others.
void limit_texts(Score& score);

}  // namespace proctor::harness::grading
