#include "backends/engine/cuda/kernels/place_drawn.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kThreads = 256;

struct PlaceArguments {
  std::int32_t* tokens;
  std::int32_t* cache_slots;
  AttentionSlice* slices;
  SampleRequest* requests;
  const DrawnRow* rows;
  std::size_t count;
  const SampleResult* results;
  std::int32_t spare_slot;
};

__device__ void pass_over(const PlaceArguments& arguments, const DrawnRow& drawn, Finish finish) {
  AttentionSlice& slice = arguments.slices[drawn.slice];
  for (std::int32_t i = 0; i < slice.tokens; ++i) {
    arguments.cache_slots[slice.first_row + i] = arguments.spare_slot;
  }
  slice.tokens = 0;
  if (drawn.request != kNoRequest) arguments.requests[drawn.request].over = finish;
}

__global__ void __launch_bounds__(kThreads) place_rows(PlaceArguments arguments) {
  const std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= arguments.count) return;
  const DrawnRow drawn = arguments.rows[i];
  const SampleResult result = arguments.results[drawn.result];
  if (result.finish == Finish::none) {
    arguments.tokens[drawn.row] = result.id;
  } else {
    pass_over(arguments, drawn, result.finish);
  }
}

}  // namespace

void place_drawn(const PlaceArrays& step, DeviceSpan<const DrawnRow> rows,
                 DeviceSpan<const SampleResult> results, std::int32_t spare_slot, Stream& stream) {
  check(step.tokens.size() == step.cache_slots.size());
  const LaunchShape shape = {.grid = static_cast<unsigned>((rows.size() + kThreads - 1) / kThreads),
                             .block = kThreads,
                             .shared_bytes = 0};
  const PlaceArguments arguments = {
      .tokens = step.tokens.data(),
      .cache_slots = step.cache_slots.data(),
      .slices = step.slices.data(),
      .requests = step.requests.data(),
      .rows = rows.data(),
      .count = rows.size(),
      .results = results.data(),
      .spare_slot = spare_slot,
  };
  launch(stream, "place_drawn", shape, place_rows, arguments);
}

}  // namespace proctor::engine::cuda
