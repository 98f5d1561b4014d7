#include "tests/backends/engine/cuda/emulator/streams.h"

#include <algorithm>
#include <random>
#include <utility>

#include "tests/backends/engine/cuda/emulator/machine.h"

namespace proctor::emulator {
namespace {

// The oldest first. Outlives all that is static.
std::vector<EmulatedStream*>& streams() {
  static auto& streams = *new std::vector<EmulatedStream*>;
  return streams;
}

void run_up_to(EmulatedStream& stream, std::size_t at);

bool is_ready(const EmulatedStream& stream) {
  if (stream.waiting.empty()) return false;
  const auto& awaited = stream.waiting.front().awaited;
  return awaited == nullptr || awaited->reached;
}

// An event was recorded before anyone could wait for it, so what is forced here is older work.
void run_next(EmulatedStream& stream) {
  const EmulatedOperation operation = std::move(stream.waiting.front());
  if (operation.awaited != nullptr && !operation.awaited->reached) {
    run_up_to(*operation.awaited->stream, operation.awaited->at);
  }
  stream.waiting.pop_front();
  ++stream.done;
  if (stream.failure == cudaSuccess && operation.awaited != nullptr) {
    stream.failure = operation.awaited->status;
  }
  if (stream.failure == cudaSuccess && operation.work) stream.failure = operation.work();
  if (operation.mark == nullptr) return;
  operation.mark->reached = true;
  operation.mark->status = stream.failure;
  operation.mark->when = std::chrono::steady_clock::now();
}

void run_up_to(EmulatedStream& stream, std::size_t at) {
  while (stream.done <= at && !stream.waiting.empty()) run_next(stream);
}

bool is_ahead(const EmulatedStream& stream, Pace pace) {
  const bool oldest = streams().front() == &stream;
  return pace == Pace::at_once || oldest == (pace == Pace::oldest_ahead);
}

void run_some() {
  static std::mt19937 random;
  for (unsigned steps = random() % 4; steps > 0; --steps) {
    EmulatedStream& stream = *streams()[random() % streams().size()];
    if (is_ready(stream)) run_next(stream);
  }
}

// What runs without being asked for.
void run_ahead() {
  const Pace pace = schedule().pace;
  if (pace == Pace::shuffled) return run_some();
  for (bool more = true; more;) {
    more = false;
    for (EmulatedStream* stream : streams()) {
      while (is_ahead(*stream, pace) && is_ready(*stream)) {
        run_next(*stream);
        more = true;
      }
    }
  }
}

}  // namespace

void add_stream(EmulatedStream& stream) { streams().push_back(&stream); }

void remove_stream(EmulatedStream& stream) {
  wait_for(stream);
  std::erase(streams(), &stream);
}

cudaError_t give(EmulatedStream& stream, EmulatedOperation operation) {
  if (operation.mark != nullptr) {
    operation.mark->stream = &stream;
    operation.mark->at = stream.done + stream.waiting.size();
  }
  stream.waiting.push_back(std::move(operation));
  run_ahead();
  return stream.failure;
}

cudaError_t wait_for(EmulatedStream& stream) {
  run_up_to(stream, stream.done + stream.waiting.size());
  run_ahead();
  return stream.failure;
}

cudaError_t wait_for(const EmulatedMark& mark) {
  if (!mark.reached) run_up_to(*mark.stream, mark.at);
  run_ahead();
  return mark.status;
}

void wait_for_all() {
  for (EmulatedStream* stream : streams()) wait_for(*stream);
}

}  // namespace proctor::emulator
