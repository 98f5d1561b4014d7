// Streams and events as CUDA promises them and no better: a stream does what it was given in that
// order, but when, and beside what of other streams, only events and the host's waits decide.
//
// So work that is not ordered behind what it needs runs too early, or what it must not meet too
// late, at some pace (machine.h). A copy from or to memory that is not pinned takes it as it is
// when the call is made, as the real one does; a failed stream does no more.
#pragma once

#include <cuda_runtime.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

// Work, and what became of it.
using EmulatedWork = std::function<cudaError_t()>;

struct EmulatedGraph {
  std::vector<EmulatedWork> works;
};

// Where an event was recorded.
struct EmulatedMark {
  EmulatedStream* stream = nullptr;
  std::size_t at = 0;  // its operation's number in the stream
  bool reached = false;
  cudaError_t status = cudaSuccess;  // what the stream had come to
  std::chrono::steady_clock::time_point when{};
};

struct EmulatedEvent {
  std::shared_ptr<EmulatedMark> mark;  // the last; null: it was never recorded
};

// One of the three.
struct EmulatedOperation {
  EmulatedWork work{};
  std::shared_ptr<EmulatedMark> awaited{};
  std::shared_ptr<EmulatedMark> mark{};
};

struct EmulatedStream {
  std::deque<EmulatedOperation> waiting;
  std::size_t done = 0;  // operations
  cudaError_t failure = cudaSuccess;
  std::unique_ptr<EmulatedGraph> captured;  // while it captures
};

namespace proctor::emulator {

void add_stream(EmulatedStream& stream);
// Does what it was given first.
void remove_stream(EmulatedStream& stream);

// Queues an operation; what the stream has come to by the end of the call.
cudaError_t give(EmulatedStream& stream, EmulatedOperation operation);

// The host waits: for no more than it needs.
cudaError_t wait_for(EmulatedStream& stream);
cudaError_t wait_for(const EmulatedMark& mark);
void wait_for_all();

}  // namespace proctor::emulator
