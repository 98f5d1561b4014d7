// Random workloads on random machines: what must hold of every one of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "backends/engine/scheduler/scheduler.h"
#include "tests/backends/engine/scheduler/fake_device.h"
#include "tests/backends/engine/scheduler/workload.h"

using namespace proctor::engine;

namespace {

struct Machine {
  FakeDeviceOptions device;
  SchedulerOptions scheduler;
  std::int32_t observer_stop = -1;
};

Machine random_machine(std::mt19937_64& random) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  Machine machine;
  machine.device.page_size = between(1, 3) == 1 ? 1 : between(2, 16);
  const int positions = between(0, 1) == 0 ? between(60, 120) : between(200, 1500);
  machine.device.pages = std::max(2, positions / machine.device.page_size);
  machine.device.max_step_tokens = between(0, 2) == 0 ? between(1, 6) : 1000;
  machine.scheduler.max_sequences = between(0, 1) == 0 ? between(1, 4) : between(5, 40);
  machine.scheduler.step_tokens = between(0, 2) == 0 ? between(1, 8) : between(9, 60);
  machine.scheduler.max_context = between(25, 80);
  machine.scheduler.reserve = 0.01 * between(0, 20);
  if (between(0, 2) > 0) machine.scheduler.stop_tokens = {3, 50};
  if (between(0, 3) == 0) machine.observer_stop = 8;
  machine.scheduler.one_behind = between(0, 1) == 0;
  if (between(0, 2) > 0) machine.device.host_pages = between(1, 2 * machine.device.pages);
  if (between(0, 3) == 0) machine.device.host_refuses_every = between(1, 4);
  return machine;
}

int cache_of(const Machine& machine) { return machine.device.page_size * machine.device.pages; }

struct Totals {
  std::int64_t sequences = 0;
  std::int64_t generated = 0;
  std::int64_t preemptions = 0;
  std::int64_t recomputed = 0;
  std::int64_t swapped_out = 0;
  std::int64_t discarded = 0;
};

// After a step: nothing idle that could work. What a resident must have got is at least a turn.
void check_step(const Machine& machine, const SchedulerCounters& before,
                const SchedulerCounters& after, const FakeDevice& device, std::size_t finished) {
  const int budget = std::min(machine.scheduler.step_tokens, machine.device.max_step_tokens);
  CHECK(device.last_tokens() <= budget);
  CHECK(device.last_tokens() > 0);
  CHECK(device.under_way() <= (machine.scheduler.one_behind ? 1 : 0));
  CHECK(device.last_pages() <= machine.device.pages);
  CHECK(after.running <= machine.scheduler.max_sequences);
  CHECK(after.steps <= before.steps + 1);
  if (!machine.scheduler.one_behind) CHECK(after.steps == before.steps + 1);
  CHECK(after.generated >= before.generated);
  // Those who finished in the step held places and pages that are filled in the next one.
  const int ran = after.running + static_cast<int>(finished);
  const int longest_first_need =
      2 + (machine.scheduler.max_context + machine.device.page_size) / machine.device.page_size;
  const int reserve = static_cast<int>(machine.scheduler.reserve * machine.device.pages);
  const int freed_at_most = static_cast<int>(finished) * longest_first_need;
  const bool places_free = ran < machine.scheduler.max_sequences;
  const bool pages_free =
      machine.device.pages - after.pages_used - freed_at_most >= longest_first_need + reserve;
  if (after.waiting > 0) CHECK(!(places_free && pages_free));
}

void run_all(const Machine& machine, const std::vector<SequenceRequest>& requests, bool pulled,
             Totals& totals) {
  FakeDevice device(machine.device);
  Scheduler scheduler(device, machine.scheduler);
  Recorder recorder(machine.observer_stop);
  std::map<std::int64_t, std::int64_t> order;
  std::size_t next = 0;
  for (std::size_t steps = 0; next < requests.size() || !scheduler.idle(); ++steps) {
    REQUIRE(steps < 50'000);  // no livelock
    while (next < requests.size() && (!pulled || scheduler.wants_more())) {
      order[requests[next].id] = static_cast<std::int64_t>(next);
      CHECK(scheduler.submit(requests[next++]));
    }
    const SchedulerCounters before = scheduler.counters();
    const std::size_t finished_before = recorder.finished_count();
    CHECK(scheduler.step(recorder));
    check_step(machine, before, scheduler.counters(), device,
               recorder.finished_count() - finished_before);
    const std::vector<std::int64_t> calls = recorder.take_order();
    CHECK(std::is_sorted(calls.begin(), calls.end(), [&](std::int64_t a, std::int64_t b) {
      return order.at(a) < order.at(b);
    }));
  }
  CHECK(device.faults().empty());
  CHECK(recorder.finished_count() == requests.size());
  CHECK(recorder.calls_after_the_end() == 0);
  for (const SequenceRequest& request : requests) {
    CAPTURE(request.id);
    CHECK(recorder.outcomes().at(request.id) ==
          outcome_alone(request, machine.scheduler, cache_of(machine), machine.observer_stop));
  }
  const SchedulerCounters counters = scheduler.counters();
  CHECK(counters.pages_used == 0);
  CHECK(counters.running + counters.waiting == 0);
  CHECK(counters.host_pages_used == 0);
  CHECK(device.under_way() == 0);
  CHECK(device.computed_tokens() + device.passed_over() ==
        counters.prefilled + counters.recomputed + counters.generated + counters.discarded);
  totals.sequences += static_cast<std::int64_t>(requests.size());
  totals.generated += counters.generated;
  totals.preemptions += counters.preemptions;
  totals.recomputed += counters.recomputed;
  totals.swapped_out += counters.swapped_out;
  totals.discarded += counters.discarded;
}

std::vector<SequenceRequest> requests_for(const Machine& machine, std::mt19937_64& random) {
  const int room = std::min(machine.scheduler.max_context - 1, cache_of(machine));
  const WorkloadShape shape = {
      .sequences = 1 + static_cast<int>(random() % 40),
      .prompts = 1 + static_cast<int>(random() % 6),
      .longest_prompt = random() % 4 == 0 ? room : std::min(room, 20),
      .most_new_tokens = random() % 4 == 0 ? 3 : 60,
  };
  return random_requests(random, shape);
}

}  // namespace

TEST_CASE("tokens are those of a sequence alone on any machine and in any order") {
  Totals totals;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Machine machine = random_machine(random);
    CAPTURE(machine.device.pages);
    CAPTURE(machine.device.page_size);
    CAPTURE(machine.scheduler.max_sequences);
    std::vector<SequenceRequest> requests = requests_for(machine, random);
    run_all(machine, requests, random() % 2 == 0, totals);
    std::shuffle(requests.begin(), requests.end(), random);
    run_all(machine, requests, random() % 2 == 0, totals);
  }
  MESSAGE(totals.sequences, " sequences, ", totals.generated, " tokens, ", totals.preemptions,
          " preemptions, ", totals.swapped_out, " of them to the host, ", totals.recomputed,
          " tokens computed again, ", totals.discarded, " discarded");
  CHECK(totals.preemptions > 1000);
  CHECK(totals.swapped_out > totals.preemptions / 4);
  CHECK(totals.swapped_out < totals.preemptions);
  CHECK(totals.discarded > 1000);
  CHECK(totals.preemptions < totals.sequences);
}

TEST_CASE("a cache that holds one sequence at a time still serves all of them") {
  Totals totals;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Machine machine = random_machine(random);
    machine.device.page_size = 1 + static_cast<int>(seed % 7);
    machine.device.pages = 1 + static_cast<int>(random() % 12);
    machine.device.host_pages = std::min(machine.device.host_pages, machine.device.pages);
    machine.scheduler.max_context = 2 + cache_of(machine);
    run_all(machine, requests_for(machine, random), false, totals);
  }
  CHECK(totals.preemptions > 100);
}

TEST_CASE("with room for all nothing is computed twice and no one is preempted") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Machine machine = random_machine(random);
    machine.device.pages = 4000;
    const std::vector<SequenceRequest> requests = requests_for(machine, random);
    Totals totals;
    run_all(machine, requests, false, totals);
    CHECK(totals.preemptions == 0);
    CHECK(totals.recomputed == 0);
    CHECK(totals.swapped_out == 0);
  }
}

TEST_CASE("cancelling at random leaves the others as they are") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Machine machine = random_machine(random);
    const std::vector<SequenceRequest> requests = requests_for(machine, random);
    FakeDevice device(machine.device);
    Scheduler scheduler(device, machine.scheduler);
    Recorder recorder(machine.observer_stop);
    for (const SequenceRequest& request : requests) CHECK(scheduler.submit(request));
    for (int steps = 0; !scheduler.idle(); ++steps) {
      REQUIRE(steps < 50'000);
      if (random() % 5 == 0) scheduler.cancel(static_cast<std::int64_t>(random() % 40));
      CHECK(scheduler.step(recorder));
    }
    CHECK(device.faults().empty());
    CHECK(recorder.finished_count() == requests.size());
    CHECK(scheduler.counters().pages_used == 0);
    for (const SequenceRequest& request : requests) {
      CAPTURE(request.id);
      const Outcome& outcome = recorder.outcomes().at(request.id);
      const Outcome alone =
          outcome_alone(request, machine.scheduler, cache_of(machine), machine.observer_stop);
      if (outcome.end == SequenceEnd::cancelled) {
        REQUIRE(outcome.tokens.size() <= alone.tokens.size());
        CHECK(std::equal(outcome.tokens.begin(), outcome.tokens.end(), alone.tokens.begin()));
      } else {
        CHECK(outcome == alone);
      }
    }
  }
}

// What a scheduler decides may depend on nothing but the calls.
TEST_CASE("the same requests are scheduled in the same way each time") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Machine machine = random_machine(random);
    const std::vector<SequenceRequest> requests = requests_for(machine, random);
    Totals one;
    run_all(machine, requests, false, one);
    Totals other;
    run_all(machine, requests, false, other);
    CHECK(one.preemptions == other.preemptions);
    CHECK(one.swapped_out == other.swapped_out);
    CHECK(one.recomputed == other.recomputed);
    CHECK(one.discarded == other.discarded);
  }
}

// An endless feed of younger sequences with longer prompts, which all could push it out.
TEST_CASE("the oldest sequence is not starved by a feed that never ends") {
  FakeDevice device({.page_size = 4, .pages = 40});
  Scheduler scheduler(
      device, {.max_sequences = 20, .step_tokens = 4, .max_context = 150, .stop_tokens = {}});
  Recorder recorder;
  const auto submit = [&](std::int64_t id, std::size_t prompt) {
    CHECK(scheduler.submit({.id = id,
                            .prompt = std::vector<std::int32_t>(prompt, static_cast<int>(id % 90)),
                            .max_new_tokens = 60,
                            .sampling = {},
                            .seed = static_cast<std::uint64_t>(id)}));
  };
  std::int64_t next = 0;
  std::int64_t worst = 0;
  for (int step = 0; step < 60'000; ++step) {
    while (scheduler.wants_more()) {
      submit(next, next % 7 == 0 ? 2 : 50);
      ++next;
    }
    CHECK(scheduler.step(recorder));
    // Everything older than the newest that finished is done, but for a batch or so.
    const auto finished = static_cast<std::int64_t>(recorder.finished_count());
    worst = std::max(worst, next - finished);
  }
  CHECK(worst < 60);  // unfinished at any time: residents and a short queue
  CHECK(recorder.finished_count() > 500);
  std::int64_t oldest_unfinished = 0;
  while (recorder.outcomes().contains(oldest_unfinished) &&
         recorder.outcomes().at(oldest_unfinished).end) {
    ++oldest_unfinished;
  }
  CHECK(next - oldest_unfinished < 200);
  CHECK(device.faults().empty());
}
