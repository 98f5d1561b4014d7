#include "tests/bench/aime/copy_speed.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

#ifdef PROCTOR_CUDA
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/stream.h"
#endif

namespace proctor::bench {
namespace {

constexpr int kTrials = 5;

double host_copy_speed(std::size_t bytes) {
  const std::vector<char> from(bytes, 1);
  std::vector<char> to(bytes);
  double best = 0;
  for (int i = 0; i < kTrials; ++i) {
    const auto start = std::chrono::steady_clock::now();
    std::memcpy(to.data(), from.data(), bytes);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2 * static_cast<double>(bytes) / time.count());
  }
  return best;
}

#ifdef PROCTOR_CUDA
Result<double> gpu_copy_speed(int index, std::size_t bytes) {
  using namespace engine::cuda;
  if (Result<void> used = to_result(cudaSetDevice(index), "cudaSetDevice"); !used) {
    return used.error();
  }
  const Result<DeviceBuffer<std::byte>> from = DeviceBuffer<std::byte>::make(bytes);
  if (!from) return from.error();
  Result<DeviceBuffer<std::byte>> to = DeviceBuffer<std::byte>::make(bytes);
  if (!to) return to.error();
  Result<Stream> stream = Stream::make();
  if (!stream) return stream.error();
  Result<Event> begin = Event::make();
  if (!begin) return begin.error();
  Result<Event> end = Event::make();
  if (!end) return end.error();
  double best = 0;
  for (int i = 0; i < kTrials; ++i) {
    begin->record(*stream);
    copy_on_device(to->span(), from->span(), *stream);
    end->record(*stream);
    if (Result<void> done = stream->wait(); !done) return done.error();
    const Result<float> milliseconds = end->milliseconds_since(*begin);
    if (!milliseconds) return milliseconds.error();
    best = std::max(best, 2e3 * static_cast<double>(bytes) / static_cast<double>(*milliseconds));
  }
  return best;
}
#endif

}  // namespace

Result<double> copy_speed(const std::string& device, std::size_t bytes) {
  if (!device.starts_with("cuda")) return host_copy_speed(bytes);
#ifdef PROCTOR_CUDA
  return gpu_copy_speed(device.size() > 5 ? std::atoi(device.c_str() + 5) : 0, bytes);
#else
  return Error(ErrorCode::unavailable, device + ": built without CUDA");
#endif
}

}  // namespace proctor::bench
