// Putting the parts of a softmax together (Milakov and Gimelshein 2018, arXiv:1805.02867, section
// 3.1): each part has seen some of the scores. For .cu files only.
//
// Scores are in powers of 2. A part that has seen nothing has -infinity for its largest score and 0
// for its sums; it changes no bit of what it is merged with.
#pragma once

#include <cmath>

#include "backends/engine/cuda/intrinsics.h"

namespace proctor::engine::cuda {

// What scores are measured from: their largest, or anything if there is none.
__device__ inline float base_of(float largest) { return largest == -INFINITY ? 0.0F : largest; }

// How the sums of two parts are scaled when they are added.
struct MergeFactors {
  float old_part;
  float new_part;
};

// `largest` becomes that of both parts, `weights` their sum of weights.
__device__ inline MergeFactors merge(float& largest, float& weights, float new_largest,
                                     float new_weights) {
  const float both = fmaxf(largest, new_largest);
  const float base = base_of(both);
  const MergeFactors factors = {exp2_approximate(largest - base),
                                exp2_approximate(new_largest - base)};
  weights = __fmaf_rn(new_weights, factors.new_part, weights * factors.old_part);
  largest = both;
  return factors;
}

__device__ inline float merged(const MergeFactors& factors, float old_sum, float new_sum) {
  return __fmaf_rn(new_sum, factors.new_part, old_sum * factors.old_part);
}

}  // namespace proctor::engine::cuda
