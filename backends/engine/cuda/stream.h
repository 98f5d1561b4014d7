// Queues of work on the device, and marks in them. Used by one thread at a time.
#pragma once

#include <cuda_runtime.h>

#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::engine::cuda {

// What the CUDA runtime answered, as an Error that names the call; success is no Error.
Result<void> to_result(cudaError_t status, std::string_view call);

// A CUDA stream that does not wait for the legacy default one. Launchers return nothing: the stream
// remembers the first of its operations that failed, takes no further ones, and wait() returns the
// failure. Move-only.
class Stream {
 public:
  // On the calling thread's current device. Errors: unavailable.
  static Result<Stream> make();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  cudaStream_t get() const { return stream_; }
  bool failed() const { return !failure_.empty(); }
  // Remembers `status` if it is the first failure; `call` is the kernel or the function.
  void note(cudaError_t status, std::string_view call);

  // Until all work so far is done. Errors: unavailable, naming the operation that failed first. A
  // fault within a kernel shows here, under the name "stream".
  Result<void> wait();

 private:
  explicit Stream(cudaStream_t stream) : stream_(stream) {}

  cudaStream_t stream_ = nullptr;
  std::string failure_;  // the first one's message; empty: none
};

// A point in a stream's work. Move-only.
class Event {
 public:
  // Errors: unavailable.
  static Result<Event> make();
  Event(Event&& other) noexcept;
  Event& operator=(Event&& other) noexcept;
  ~Event();

  // Moves the mark behind all work that `stream` has been given so far.
  void record(Stream& stream);
  // Makes `stream` wait, on the device, until the mark is reached.
  void hold(Stream& stream) const;
  // Until the mark is reached. Errors: unavailable.
  Result<void> wait() const;
  // Device time from `earlier` to this mark; both must have been reached. Errors: unavailable.
  Result<float> milliseconds_since(const Event& earlier) const;

 private:
  explicit Event(cudaEvent_t event) : event_(event) {}

  cudaEvent_t event_ = nullptr;
};

}  // namespace proctor::engine::cuda
