// How much of the machine is used, in simulated time: a workload like AIME's, 30 prompts of
// 200 tokens asked 32 times each, replies with a long tail up to a cap.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "backends/engine/scheduler/scheduler.h"
#include "tests/backends/engine/scheduler/fake_device.h"
#include "tests/backends/engine/scheduler/workload.h"

using namespace proctor;
using namespace proctor::engine;

namespace {

constexpr int kCap = 4000;
constexpr int kPrompt = 200;

std::vector<SequenceRequest> replies_with_a_long_tail(int sequences) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> length(std::log(800.0), 0.9);
  std::vector<SequenceRequest> requests;
  for (int i = 0; i < sequences; ++i) {
    requests.push_back({.id = i,
                        .prompt = std::vector<std::int32_t>(kPrompt, i / 32),
                        .max_new_tokens = std::clamp(static_cast<int>(length(random)), 20, kCap),
                        .sampling = {},
                        .seed = random()});
  }
  return requests;
}

struct Run {
  double time = 0;
  double mean_running = 0;
  SchedulerCounters counters;
};

Run run_pulled(const std::vector<SequenceRequest>& requests, const FakeDeviceOptions& machine,
               const SchedulerOptions& options) {
  FakeDevice device(machine);
  Scheduler scheduler(device, options);
  Recorder recorder;
  std::size_t next = 0;
  double running = 0;
  while (next < requests.size() || !scheduler.idle()) {
    while (next < requests.size() && scheduler.wants_more()) {
      CHECK(scheduler.submit(requests[next++]));
    }
    const double before = device.clock();
    CHECK(scheduler.step(recorder));
    running += device.last_slices() * (device.clock() - before);
  }
  CHECK(device.faults().empty());
  CHECK(recorder.finished_count() == requests.size());
  return {device.clock(), running / device.clock(), scheduler.counters()};
}

// Batches of as many as fit if all were to reach the cap; the next starts when the last one ended.
double static_batching_time(const std::vector<SequenceRequest>& requests,
                            const FakeDeviceOptions& machine) {
  const auto batch = static_cast<std::size_t>(machine.pages * machine.page_size / (kPrompt + kCap));
  double time = 0;
  for (std::size_t first = 0; first < requests.size(); first += batch) {
    const std::size_t last = std::min(first + batch, requests.size());
    for (int token = 1;; ++token) {
      int running = 0;
      for (std::size_t i = first; i < last; ++i) {
        running += requests[i].max_new_tokens >= token ? 1 : 0;
      }
      if (running == 0) break;
      time += machine.fixed_cost +
              running * (machine.token_cost + machine.context_cost * (kPrompt + token));
    }
  }
  return time;
}

// No schedule is faster: all the work that depends on the token, and as few steps as if the memory
// were full at each of them.
double perfect_packing_time(const std::vector<SequenceRequest>& requests,
                            const FakeDeviceOptions& machine) {
  double work = 0;
  double page_steps = 0;
  for (const SequenceRequest& request : requests) {
    for (int token = 1; token <= request.max_new_tokens; ++token) {
      work += machine.token_cost + machine.context_cost * (kPrompt + token);
      page_steps += static_cast<double>(kPrompt % machine.page_size + token) / machine.page_size;
    }
  }
  return work + machine.fixed_cost * page_steps / machine.pages;
}

}  // namespace

TEST_CASE("memory that is filled beats batches made for the worst case") {
  const std::vector<SequenceRequest> requests = replies_with_a_long_tail(960);
  FakeDeviceOptions machine = {.page_size = 64, .pages = 1500, .checks_all_history = false};
  const SchedulerOptions options = {
      .max_sequences = 256, .step_tokens = 512, .max_context = 100'000, .stop_tokens = {}};
  const Run run = run_pulled(requests, machine, options);
  const double static_time = static_batching_time(requests, machine);
  const double perfect = perfect_packing_time(requests, machine);
  MESSAGE("simulated: ", run.time / 1e6, " s, ", static_time / run.time,
          " times as fast as static batches, ", perfect / run.time, " of perfect packing; ",
          run.mean_running, " running on average, ", run.counters.preemptions, " preemptions, ",
          run.counters.recomputed, " of ", run.counters.generated, " tokens computed again");
  CHECK(static_time / run.time > 4);
  CHECK(perfect / run.time > 0.8);
  CHECK(run.counters.preemptions < 960);
  CHECK(run.counters.recomputed < run.counters.generated / 5);
  CHECK(run.counters.prefilled == 30 * (kPrompt - 1));
}

TEST_CASE("pages that wait with the host spare the time of computing them again") {
  const std::vector<SequenceRequest> requests = replies_with_a_long_tail(960);
  FakeDeviceOptions machine = {.page_size = 64, .pages = 1500, .checks_all_history = false};
  const SchedulerOptions options = {
      .max_sequences = 256, .step_tokens = 512, .max_context = 100'000, .stop_tokens = {}};
  const Run computed_again = run_pulled(requests, machine, options);
  machine.host_pages = 1500;
  const Run swapped = run_pulled(requests, machine, options);
  MESSAGE("simulated: ", computed_again.time / swapped.time, " times as fast; ",
          swapped.counters.swapped_out, " of ", swapped.counters.preemptions,
          " preemptions to the host, ", swapped.counters.recomputed, " tokens computed again");
  CHECK(swapped.counters.swapped_out > 9 * swapped.counters.preemptions / 10);
  CHECK(swapped.counters.recomputed < computed_again.counters.recomputed / 10);
  CHECK(swapped.time < computed_again.time);
}

TEST_CASE("the scheduler itself costs little") {
  struct NoDevice : FakeDevice {
    using FakeDevice::FakeDevice;
    Result<void> submit(std::span<const SequenceSlice>) override { return {}; }
    Result<void> collect(std::span<SampledToken>) override { return {}; }
  };
  struct NoObserver : SequenceObserver {
    bool token(std::int64_t, const SampledToken&) override { return true; }
    void finished(std::int64_t, SequenceEnd) override {}
  };
  NoDevice device({.page_size = 64, .pages = 40'000});
  Scheduler scheduler(
      device,
      {.max_sequences = 1000, .step_tokens = 2000, .max_context = 100'000, .stop_tokens = {7}});
  for (int id = 0; id < 1000; ++id) {
    CHECK(scheduler.submit({.id = id,
                            .prompt = std::vector<std::int32_t>(200, id / 10),
                            .max_new_tokens = 3000,
                            .sampling = {},
                            .seed = 1}));
  }
  NoObserver observer;
  for (int i = 0; i < 30; ++i) CHECK(scheduler.step(observer));
  CHECK(scheduler.counters().running == 1000);
  const auto start = std::chrono::steady_clock::now();
  constexpr int kSteps = 1000;
  for (int i = 0; i < kSteps; ++i) CHECK(scheduler.step(observer));
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
  CHECK(scheduler.counters().running == 1000);
  const double microseconds = taken.count() / kSteps;
  MESSAGE(microseconds, " us a step of 1000 sequences");
}
