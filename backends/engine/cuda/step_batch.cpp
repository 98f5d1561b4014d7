#include "backends/engine/cuda/step_batch.h"

#include <algorithm>

#include "backends/engine/cuda/kernels/kv_layout.h"
#include "harness/core/check.h"

namespace proctor::engine::cuda {
namespace {

void add_rows(const SequenceSlice& slice, StepBatch& batch) {
  for (std::size_t i = 0; i < slice.tokens.size(); ++i) {
    const std::int32_t position = slice.start + static_cast<std::int32_t>(i);
    const auto page = static_cast<std::size_t>(position / kPagePositions);
    check(page < slice.pages.size());
    batch.tokens.push_back(slice.tokens[i]);
    batch.positions.push_back(position);
    batch.cache_slots.push_back(slice.pages[page] * kPagePositions + position % kPagePositions);
  }
}

// The places of `before` are in the order of their slices.
std::int32_t result_of(int slice, std::span<const WantedLogits> before) {
  const auto wanted = std::ranges::lower_bound(before, static_cast<std::size_t>(slice), {},
                                               [](const WantedLogits& each) { return each.slice; });
  check(wanted != before.end() && wanted->slice == static_cast<std::size_t>(slice));
  return static_cast<std::int32_t>(wanted - before.begin());
}

SampleRequest request_of(const SequenceSlice& slice) {
  if (!slice.sample) return kNoDraw;
  return {.temperature = slice.sampling.temperature,
          .top_p = slice.sampling.top_p,
          .top_k = slice.sampling.top_k,
          .logprobs = slice.sampling.logprobs ? 1 : 0,
          .seed = slice.seed,
          .position = slice.start + static_cast<std::int64_t>(slice.tokens.size()),
          .last_position = slice.last_position};
}

}  // namespace

StepBatch make_step_batch(std::span<const SequenceSlice> slices, const AttentionRoom& room,
                          std::span<const WantedLogits> before) {
  StepBatch batch;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const SequenceSlice& slice = slices[i];
    batch.slices.push_back({.first_row = static_cast<std::int32_t>(batch.tokens.size()),
                            .tokens = static_cast<std::int32_t>(slice.tokens.size()),
                            .start = slice.start,
                            .first_page = static_cast<std::int32_t>(batch.pages.size())});
    add_rows(slice, batch);
    batch.pages.insert(batch.pages.end(), slice.pages.begin(), slice.pages.end());
    const auto last = static_cast<std::int32_t>(batch.tokens.size()) - 1;
    const bool wanted = slice.sample || !slice.logits.empty();
    if (slice.drawn_by >= 0) {
      batch.drawn_rows.push_back(
          {.row = last,
           .result = result_of(slice.drawn_by, before),
           .slice = static_cast<std::int32_t>(i),
           .request = wanted ? static_cast<std::int32_t>(batch.requests.size()) : kNoRequest});
      batch.tokens.back() = 0;  // whatever stood there: a row of the embedding
    }
    if (!wanted) continue;
    batch.wanted.push_back({i, last});
    batch.wanted_rows.push_back(last);
    batch.requests.push_back(request_of(slice));
  }
  batch.plan = make_attention_plan(batch.slices, room);
  return batch;
}

}  // namespace proctor::engine::cuda
