#include "backends/engine/cuda/kernels/place_drawn.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    place_rows(std::int32_t* tokens, const DrawnRow* rows, std::size_t count,
               const SampleResult* results) {
  const std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count) return;
  tokens[rows[i].row] = results[rows[i].result].id;
}

}  // namespace

void place_drawn(DeviceSpan<std::int32_t> tokens, DeviceSpan<const DrawnRow> rows,
                 DeviceSpan<const SampleResult> results, Stream& stream) {
  const LaunchShape shape = {.grid = static_cast<unsigned>((rows.size() + kThreads - 1) / kThreads),
                             .block = kThreads,
                             .shared_bytes = 0};
  launch(stream, "place_drawn", shape, place_rows, tokens.data(), rows.data(), rows.size(),
         results.data());
}

}  // namespace proctor::engine::cuda
