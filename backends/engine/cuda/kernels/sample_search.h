// A row of logits as a block sees it, and how the block finds its largest and searches for a cut
// without sorting. For .cu files only.
#pragma once

#include <cmath>
#include <cstdint>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/integer_sampling.h"

namespace proctor::engine::cuda {

constexpr int kSampleThreads = 1024;
constexpr int kSampleWarps = kSampleThreads / kWarp;
constexpr int kBucketBits = 11;
constexpr int kBuckets = 1 << kBucketBits;
constexpr int kIdBits = 2 * kBucketBits;  // of a vocabulary: 4 million
constexpr int kRankBits = 32;
// Candidates that are kept at hand; with more, each pass goes over the logits again.
constexpr int kAtHand = 4096;

struct Candidate {
  Weight weight;  // not 0
  std::uint32_t rank;
  std::int32_t id;
};

struct SampleShared {
  Weight buckets[kBuckets];
  Candidate at_hand[kAtHand];
  Weight parts[2][kSampleWarps];
  Weight target;
  float largest[kSampleWarps];
  std::uint32_t bucket;
  int count;
  std::int32_t lowest_id;
};

// A row's logits, and the scale that its weights have.
struct Row {
  const float* logits;
  int vocabulary;
  float largest;
  float scale;

  // Calls body(logit, id) for this thread's logits. Two loads of 16 bytes before the first call:
  // one block to a processor must keep some 32 KiB under way to read as fast as the memory gives.
  template <class Body>
  __device__ void each_logit(Body body) const {
    const bool aligned = reinterpret_cast<std::uintptr_t>(logits) % sizeof(float4) == 0;
    const int fours = aligned ? vocabulary / 4 : 0;
    const auto* at = reinterpret_cast<const float4*>(logits);
    const int thread = static_cast<int>(threadIdx.x);
    for (int i = thread; i < fours; i += 2 * kSampleThreads) {
      const bool two = i + kSampleThreads < fours;
      const float4 first = at[i];
      const float4 second = two ? at[i + kSampleThreads] : first;
      each_of_four(first, 4 * i, body);
      if (two) each_of_four(second, 4 * (i + kSampleThreads), body);
    }
    for (int id = 4 * fours + thread; id < vocabulary; id += kSampleThreads) body(logits[id], id);
  }

 private:
  template <class Body>
  __device__ static void each_of_four(const float4& four, int id, Body& body) {
    body(four.x, id);
    body(four.y, id + 1);
    body(four.z, id + 2);
    body(four.w, id + 3);
  }
};

// What find_key() searches is any of these; each(body) calls body(candidate) for this thread's.

// The tokens that have weight: all of a row's, or those at hand.
struct Candidates {
  const Row& row;
  const Candidate* at_hand;  // null: all
  int count;

  template <class Body>
  __device__ void each(Body body) const {
    if (at_hand != nullptr) {
      for (int i = static_cast<int>(threadIdx.x); i < count; i += kSampleThreads) body(at_hand[i]);
      return;
    }
    row.each_logit([&](float logit, int id) {
      const Weight weight = weight_of(logit, row.largest, row.scale);
      if (weight != 0) body(Candidate{weight, same_rank(logit), id});
    });
  }
};

// The largest logit that each thread has seen.
struct ThreadsLargest {
  float largest;

  template <class Body>
  __device__ void each(Body body) const {
    body(Candidate{1, same_rank(largest), 0});
  }
};

__device__ inline Weight warp_total(Weight value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}

// The block: the sums of both threads' values over all threads. Integers: in any order.
struct Totals {
  Weight first;
  Weight second;
};

__device__ inline Totals block_totals(SampleShared& shared, Weight first, Weight second) {
  const int thread = static_cast<int>(threadIdx.x);
  const Weight of_warp[2] = {warp_total(first), warp_total(second)};
  if (thread % kWarp == 0) {
    shared.parts[0][thread / kWarp] = of_warp[0];
    shared.parts[1][thread / kWarp] = of_warp[1];
  }
  __syncthreads();
  const Totals totals = {warp_total(shared.parts[0][thread % kWarp]),
                         warp_total(shared.parts[1][thread % kWarp])};
  __syncthreads();  // before parts is written again
  return totals;
}

// The larger one; `b` if neither is larger, so never a NaN when b is none.
__device__ inline float larger(float a, float b) { return a > b ? a : b; }

__device__ inline float warp_largest(float value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value = larger(__shfl_xor_sync(kAllLanes, value, distance), value);
  }
  return value;
}

// Minus infinity if all of this thread's are NaN.
__device__ inline float thread_largest(const Row& row) {
  float largest = -INFINITY;
  row.each_logit([&largest](float logit, int) { largest = larger(logit, largest); });
  return largest;
}

// The block.
__device__ inline float block_largest(SampleShared& shared, float of_thread) {
  const int thread = static_cast<int>(threadIdx.x);
  const float of_warp = warp_largest(of_thread);
  if (thread % kWarp == 0) shared.largest[thread / kWarp] = of_warp;
  __syncthreads();
  return warp_largest(shared.largest[thread % kWarp]);
}

// The block: the lowest id of the largest logit, 0 if all are NaN.
__device__ inline std::int32_t lowest_id_of_largest(SampleShared& shared, const Row& row) {
  if (threadIdx.x == 0) shared.lowest_id = row.vocabulary;
  __syncthreads();
  row.each_logit([&](float logit, int id) {
    if (logit == row.largest) atomicMin(&shared.lowest_id, id);
  });
  __syncthreads();
  return shared.lowest_id == row.vocabulary ? 0 : shared.lowest_id;
}

// The block: the bucket in which the amounts from the last bucket down reach `target`, and the
// target less what lies above it. All buckets together hold as much.
__device__ inline void search_buckets(SampleShared& shared, Weight target) {
  constexpr int kEach = kBuckets / kSampleThreads;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kWarp;
  const int highest = kBuckets - 1 - thread * kEach;
  Weight mine = 0;
  for (int i = 0; i < kEach; ++i) mine += shared.buckets[highest - i];
  Weight up_to = mine;  // with the lanes before
  for (unsigned distance = 1; distance < kWarp; distance *= 2) {
    const Weight before = __shfl_up_sync(kAllLanes, up_to, distance);
    if (lane >= static_cast<int>(distance)) up_to += before;
  }
  if (lane == kWarp - 1) shared.parts[0][thread / kWarp] = up_to;
  __syncthreads();
  Weight above = up_to - mine;
  for (int warp = 0; warp < thread / kWarp; ++warp) above += shared.parts[0][warp];
  for (int i = 0; i < kEach; ++i) {
    const Weight amount = shared.buckets[highest - i];
    if (above < target && target <= above + amount) {
      shared.bucket = static_cast<std::uint32_t>(highest - i);
      shared.target = target - above;
    }
    above += amount;
  }
  __syncthreads();
}

// The block: the largest key such that the candidates with it or a larger one amount to `target` or
// more. All candidates together do; target > 0; keys have `bits` bits. By histograms of ever lower
// digits of the key.
template <class Source, class Key, class Amount>
__device__ std::uint32_t find_key(SampleShared& shared, const Source& candidates, Weight target,
                                  int bits, Key key, Amount amount) {
  std::uint32_t prefix = 0;
  int below = bits;  // the digits found so far are the key's bits from this one up
  while (below > 0) {
    const int digit_bits = min(kBucketBits, below);
    const int above = below;
    below -= digit_bits;
    for (int i = static_cast<int>(threadIdx.x); i < kBuckets; i += kSampleThreads)
      shared.buckets[i] = 0;
    __syncthreads();
    candidates.each([&](const Candidate& candidate) {
      const std::uint64_t whole = key(candidate);
      if (whole >> above != prefix) return;
      const std::uint64_t digit = whole >> below & ((std::uint64_t{1} << digit_bits) - 1);
      atomicAdd(&shared.buckets[digit], amount(candidate));
    });
    __syncthreads();
    search_buckets(shared, target);
    prefix = prefix << digit_bits | shared.bucket;
    target = shared.target;
  }
  return prefix;
}

__device__ inline Weight one_each(const Candidate&) { return 1; }
__device__ inline Weight weight_each(const Candidate& candidate) { return candidate.weight; }
__device__ inline std::uint32_t rank_each(const Candidate& candidate) { return candidate.rank; }

}  // namespace proctor::engine::cuda
