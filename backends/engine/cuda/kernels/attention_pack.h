// The vectors that an item of attention's plan is about, as device code finds them. For .cu files
// only.
#pragma once

#include <cstddef>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/attention_plan.h"

namespace proctor::engine::cuda {

// A pack of vectors against one key-value head.
struct Pack {
  AttentionSlice slice;
  int group;
  int head;   // key-value
  int first;  // vector
  int vectors;

  __device__ int token_of(int vector) const { return (first + vector) / group; }
  // Vectors past the last see what it sees.
  __device__ int position_of(int vector) const {
    return slice.start + token_of(min(vector, vectors - 1));
  }
  // Where a vector's elements begin in a matrix with `stride` elements to a row.
  __device__ std::size_t at(int vector, int stride, int head_dim) const {
    const std::size_t row = static_cast<std::size_t>(slice.first_row + token_of(vector));
    const int query_head = head * group + (first + vector) % group;
    return row * static_cast<std::size_t>(stride) + static_cast<std::size_t>(query_head * head_dim);
  }
};

}  // namespace proctor::engine::cuda
