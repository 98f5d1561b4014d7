#include <cmath>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/integer_sampling.h"
#include "backends/engine/cuda/kernels/sample.h"
#include "backends/engine/cuda/kernels/sample_search.h"
#include "backends/engine/cuda/launch.h"
#include "backends/engine/sampler/philox.h"

namespace proctor::engine::cuda {
namespace {

// The rank from which on tokens have at least their part of what top-p may leave out, about: where
// it lies makes no difference to the token, only to the time.
__device__ std::uint32_t likely_bound(const Row& row, float top_p, Weight total) {
  const Weight spare = total - same_mass_of_top_p(top_p, total);
  const Weight part = max(Weight{1}, spare / static_cast<Weight>(row.vocabulary));
  return same_rank(row.largest + logf(static_cast<float>(part) * 0x1p-40F) / row.scale);
}

// The block: the candidates among which the cut must fall, at hand if they are few.
//
// For top-k: the top_k-th of the threads' largest, or any lower bound, has top_k logits at or above
// it. Should some of them have no weight, then what lies below has none either (sampler.cpp). For
// top-p: only if those above the bound weigh what is asked for are they enough.
__device__ Candidates gather(SampleShared& shared, const Row& row, const SampleRequest& request,
                             Weight total, float of_thread) {
  std::uint32_t bound = 0;
  if (request.top_k <= 0) {
    bound = likely_bound(row, request.top_p, total);
  } else if (request.top_k <= kSampleThreads) {
    bound = find_key(shared, ThreadsLargest{of_thread}, static_cast<Weight>(request.top_k),
                     kRankBits, rank_each, one_each);
  }
  if (threadIdx.x == 0) shared.count = 0;
  __syncthreads();
  Weight mass = 0;
  row.each_logit([&](float logit, int id) {
    const std::uint32_t rank = same_rank(logit);
    if (rank < bound) return;
    const Weight weight = weight_of(logit, row.largest, row.scale);
    if (weight == 0) return;  // NaNs too, whatever their rank
    mass += weight;
    const int place = atomicAdd(&shared.count, 1);
    if (place < kAtHand) shared.at_hand[place] = {weight, rank, id};
  });
  mass = block_totals(shared, mass, 0).first;
  const bool enough = request.top_k > 0 || mass >= same_mass_of_top_p(request.top_p, total);
  if (shared.count > kAtHand || !enough) return {row, nullptr, 0};
  return {row, shared.at_hand, shared.count};
}

// The block: the lowest rank that top-k and top-p keep; the weight of what they keep is left in
// `mass`, which comes as the sum of all weights.
__device__ std::uint32_t cut(SampleShared& shared, const Candidates& candidates,
                             const SampleRequest& request, Weight& mass) {
  std::uint32_t threshold = 0;
  const auto kept = [&] {
    Weight count = 0;
    Weight weight = 0;
    candidates.each([&](const Candidate& candidate) {
      if (candidate.rank < threshold) return;
      count += 1;
      weight += candidate.weight;
    });
    return block_totals(shared, count, weight);
  };
  if (request.top_k > 0) {
    const auto top_k = static_cast<Weight>(request.top_k);
    if (kept().first > top_k) {
      threshold = find_key(shared, candidates, top_k, kRankBits, rank_each, one_each);
    }
    mass = kept().second;
  }
  if (request.top_p < 1) {
    const Weight target = same_mass_of_top_p(request.top_p, mass);
    threshold = find_key(shared, candidates, target, kRankBits, rank_each, weight_each);
    mass = kept().second;
  }
  return threshold;
}

// The block: the token at the sampler's place among the kept, in the order of the vocabulary.
__device__ std::int32_t pick(SampleShared& shared, const Candidates& candidates,
                             std::uint32_t threshold, Weight mass, const SampleRequest& request) {
  const std::uint64_t uniform =
      uniform_bits(request.seed, static_cast<std::uint64_t>(request.position), DrawPurpose::token);
  const Weight place = __umul64hi(uniform, mass);
  constexpr std::uint32_t kLastId = (1U << kIdBits) - 1;
  const std::uint32_t key = find_key(
      shared, candidates, place + 1, kIdBits,
      [](const Candidate& candidate) { return kLastId - static_cast<std::uint32_t>(candidate.id); },
      [threshold](const Candidate& candidate) {
        return candidate.rank < threshold ? Weight{0} : candidate.weight;
      });
  return static_cast<std::int32_t>(kLastId - key);
}

// The block.
__device__ SampleResult draw(SampleShared& shared, Row row, const SampleRequest& request) {
  SampleResult result;
  const float of_thread = thread_largest(row);
  row.largest = block_largest(shared, of_thread);
  const bool greedy = request.temperature == 0;
  const bool finite = std::isfinite(row.largest);
  if (greedy || !finite) {
    result.id = lowest_id_of_largest(shared, row);
    if (!finite) return result;
  }
  row.scale = greedy ? 1.0F : scale_at(request.temperature);
  const bool logprobs = request.logprobs != 0;
  Totals totals = {0, 0};  // at the temperature, and at 1
  if (!greedy || logprobs) {
    row.each_logit([&](float logit, int) {
      totals.first += weight_of(logit, row.largest, row.scale);
      if (logprobs) totals.second += weight_of(logit, row.largest, 1);
    });
    totals = block_totals(shared, totals.first, totals.second);
  }
  if (!greedy) {
    const bool keeps_all = request.top_k <= 0 && request.top_p == 1;
    Weight mass = totals.first;
    const Candidates candidates =
        keeps_all ? Candidates{row, nullptr, 0} : gather(shared, row, request, mass, of_thread);
    const std::uint32_t threshold = keeps_all ? 0 : cut(shared, candidates, request, mass);
    result.id = pick(shared, candidates, threshold, mass, request);
  }
  if (logprobs) {
    const float logit = row.logits[result.id];
    if (!greedy) {
      result.tempered_logprob = logprob_of(logit, row.largest, row.scale, totals.first);
    }
    result.logprob = logprob_of(logit, row.largest, 1, totals.second);
  }
  return result;
}

__device__ Finish finish_of(std::int32_t id, float logit, const SampleRequest& request,
                            const std::int32_t* stop_tokens, int stop_count) {
  if (!std::isfinite(logit)) return Finish::not_a_number;
  for (int i = 0; i < stop_count; ++i) {
    if (stop_tokens[i] == id) return Finish::stop;
  }
  return request.position >= request.last_position ? Finish::length : Finish::none;
}

__global__ void __launch_bounds__(kSampleThreads, 1)
    sample_rows(SampleResult* results, const float* logits, int vocabulary, std::size_t stride,
                const SampleRequest* requests, const std::int32_t* stop_tokens, int stop_count) {
  SampleShared& shared = shared_memory<SampleShared>();
  const std::size_t at = blockIdx.x;
  const Row row = {logits + at * stride, vocabulary, 0, 1};
  const SampleRequest request = requests[at];
  if (request.over != Finish::none) {
    if (threadIdx.x == 0) results[at] = {0, 0, 0, request.over};
    return;
  }
  SampleResult result = draw(shared, row, request);
  if (threadIdx.x != 0) return;
  result.finish = finish_of(result.id, row.logits[result.id], request, stop_tokens, stop_count);
  results[at] = result;
}

}  // namespace

void sample(DeviceSpan<SampleResult> results, DeviceSpan<const float> logits, int vocabulary,
            int stride, DeviceSpan<const SampleRequest> requests,
            DeviceSpan<const std::int32_t> stop_tokens, Stream& stream) {
  check(vocabulary > 0 && vocabulary <= 1 << kIdBits && stride >= vocabulary);
  check(results.size() == requests.size());
  check(requests.empty() ||
        logits.size() >= (requests.size() - 1) * static_cast<std::size_t>(stride) +
                             static_cast<std::size_t>(vocabulary));
  const LaunchShape shape = {.grid = static_cast<unsigned>(requests.size()),
                             .block = kSampleThreads,
                             .shared_bytes = sizeof(SampleShared)};
  launch(stream, "sample", shape, sample_rows, results.data(), logits.data(), vocabulary,
         static_cast<std::size_t>(stride), requests.data(), stop_tokens.data(),
         static_cast<int>(stop_tokens.size()));
}

}  // namespace proctor::engine::cuda
