#include "backends/engine/cuda/stream.h"

#include <string>
#include <utility>

namespace proctor::engine::cuda {

Result<void> to_result(cudaError_t status, std::string_view call) {
  if (status == cudaSuccess) return {};
  return Error(ErrorCode::unavailable, std::string(call) + ": " + cudaGetErrorString(status));
}

Result<Stream> Stream::make() {
  cudaStream_t stream = nullptr;
  Result<void> made = to_result(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                                "cudaStreamCreateWithFlags");
  if (!made) return made.error();
  return Stream(stream);
}

Stream::Stream(Stream&& other) noexcept
    : stream_(std::exchange(other.stream_, nullptr)), failure_(std::move(other.failure_)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(stream_, other.stream_);
  std::swap(failure_, other.failure_);
  return *this;
}

Stream::~Stream() {
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
}

void Stream::note(cudaError_t status, std::string_view call) {
  if (failed()) return;
  const Result<void> result = to_result(status, call);
  if (!result) failure_ = result.error().message();
}

Result<void> Stream::wait() {
  // Also after a failure: what was queued before it still uses its memory.
  note(cudaStreamSynchronize(stream_), "stream");
  if (failed()) return Error(ErrorCode::unavailable, failure_);
  return {};
}

Result<Event> Event::make() {
  cudaEvent_t event = nullptr;
  // Who waits sleeps: a step is queued ahead, and graders want the processor.
  Result<void> made = to_result(cudaEventCreateWithFlags(&event, cudaEventBlockingSync),
                                "cudaEventCreateWithFlags");
  if (!made) return made.error();
  return Event(event);
}

Event::Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}

Event& Event::operator=(Event&& other) noexcept {
  std::swap(event_, other.event_);
  return *this;
}

Event::~Event() {
  if (event_ != nullptr) cudaEventDestroy(event_);
}

void Event::record(Stream& stream) {
  if (!stream.failed()) stream.note(cudaEventRecord(event_, stream.get()), "cudaEventRecord");
}

void Event::hold(Stream& stream) const {
  if (!stream.failed()) {
    stream.note(cudaStreamWaitEvent(stream.get(), event_, 0), "cudaStreamWaitEvent");
  }
}

Result<void> Event::wait() const {
  return to_result(cudaEventSynchronize(event_), "cudaEventSynchronize");
}

Result<float> Event::milliseconds_since(const Event& earlier) const {
  float milliseconds = 0;
  Result<void> read = to_result(cudaEventElapsedTime(&milliseconds, earlier.event_, event_),
                                "cudaEventElapsedTime");
  if (!read) return read.error();
  return milliseconds;
}

}  // namespace proctor::engine::cuda
