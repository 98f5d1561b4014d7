#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "backends/engine/scheduler/scheduler.h"
#include "tests/backends/engine/scheduler/fake_device.h"
#include "tests/backends/engine/scheduler/workload.h"

using namespace proctor;
using namespace proctor::engine;

namespace {

SequenceRequest request(std::int64_t id, std::size_t prompt_tokens, int max_new_tokens) {
  return {.id = id,
          .prompt = std::vector<std::int32_t>(prompt_tokens, 5),
          .max_new_tokens = max_new_tokens,
          .sampling = {},
          .seed = static_cast<std::uint64_t>(id)};
}

void run(Scheduler& scheduler, SequenceObserver& observer) {
  for (int steps = 0; !scheduler.idle(); ++steps) {
    REQUIRE(steps < 100'000);
    CHECK(scheduler.step(observer));
  }
}

// Does what a test says with each call.
struct Callbacks : SequenceObserver {
  bool token(std::int64_t id, const SampledToken&) override { return on_token(id); }
  void finished(std::int64_t id, SequenceEnd end) override { on_finished(id, end); }

  std::function<bool(std::int64_t)> on_token = [](std::int64_t) { return true; };
  std::function<void(std::int64_t, SequenceEnd)> on_finished = [](std::int64_t, SequenceEnd) {};
};

}  // namespace

TEST_CASE("only requests that can give a token are taken") {
  struct Row {
    std::size_t prompt;
    int max_new_tokens;
    int max_context;
    const char* problem;  // or null
  };
  constexpr Row kRows[] = {
      {0, 5, 100, "sequence 3: the prompt is empty"},
      {5, 0, 100, "sequence 3: max_new_tokens is below 1"},
      {9, 1, 10, nullptr},
      {10, 1, 10, "sequence 3: a prompt of 10 tokens leaves no room in a context of 10"},
      {32, 1, 100, nullptr},
      {33, 1, 100, "sequence 3: a prompt of 33 tokens leaves no room in a cache of 32"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.prompt);
    FakeDevice device({.page_size = 4, .pages = 8});
    Scheduler scheduler(device, {.max_context = row.max_context, .stop_tokens = {}});
    const Result<void> taken = scheduler.submit(request(3, row.prompt, row.max_new_tokens));
    CHECK(static_cast<bool>(taken) == (row.problem == nullptr));
    CHECK(scheduler.idle() == (row.problem != nullptr));
    if (!taken) CHECK(taken.error().message() == row.problem);
    Recorder recorder;
    run(scheduler, recorder);
    CHECK(recorder.finished_count() == (row.problem == nullptr ? 1 : 0));
    CHECK(device.faults().empty());
  }
}

TEST_CASE("a sequence ends at its own limit, at the context's and at the cache's") {
  struct Row {
    std::size_t prompt;
    int max_new_tokens;
    int max_context;
    std::size_t tokens;
  };
  constexpr Row kRows[] = {
      {1, 7, 100, 7},   {5, 1, 100, 1},
      {5, 99, 20, 15},                     // the last one at position 19
      {19, 99, 20, 1},  {1, 99, 100, 32},  // the last one without a place in the cache of 32
      {32, 99, 100, 1}, {13, 2147483647, 2147483647, 20},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.prompt);
    FakeDevice device({.page_size = 4, .pages = 8});
    Scheduler scheduler(device, {.max_context = row.max_context, .stop_tokens = {}});
    CHECK(scheduler.submit(request(1, row.prompt, row.max_new_tokens)));
    Recorder recorder;
    run(scheduler, recorder);
    CHECK(recorder.outcomes().at(1).tokens.size() == row.tokens);
    CHECK(recorder.outcomes().at(1).end == SequenceEnd::length);
    CHECK(device.faults().empty());
    CHECK(scheduler.counters().pages_used == 0);
  }
}

TEST_CASE("a shared prompt is computed once and its last page copied for each") {
  struct Row {
    std::size_t prompt;
    int copies;
  };
  // The prefix is one token less: 0, 1, 3, 4, 5, 8, 63 positions of pages of 4.
  constexpr Row kRows[] = {{1, 0}, {2, 10}, {4, 10}, {5, 0}, {6, 10}, {9, 0}, {64, 10}};
  for (const Row& row : kRows) {
    CAPTURE(row.prompt);
    FakeDevice device({.page_size = 4, .pages = 200});
    Scheduler scheduler(device, {.step_tokens = 16, .max_context = 1000, .stop_tokens = {}});
    for (int id = 0; id < 10; ++id) CHECK(scheduler.submit(request(id, row.prompt, 3 + id)));
    Recorder recorder;
    run(scheduler, recorder);
    CHECK(device.copies() == row.copies);
    CHECK(scheduler.counters().prefilled == static_cast<std::int64_t>(row.prompt) - 1);
    CHECK(scheduler.counters().recomputed == 0);
    CHECK(scheduler.counters().generated == 75);
    CHECK(device.computed_tokens() == static_cast<std::int64_t>(row.prompt) - 1 + 75);
    CHECK(device.faults().empty());
  }
}

TEST_CASE("cancelling ends a sequence with the next step, wherever it is") {
  FakeDevice device({.page_size = 4, .pages = 50});
  Scheduler scheduler(device, {.max_sequences = 2, .max_context = 1000, .stop_tokens = {}});
  for (int id = 0; id < 4; ++id) CHECK(scheduler.submit(request(id, 6, 50)));
  Recorder recorder;
  for (int i = 0; i < 5; ++i) CHECK(scheduler.step(recorder));
  CHECK(scheduler.counters().running == 2);
  CHECK(scheduler.counters().waiting == 2);
  const std::size_t made = recorder.outcomes().at(0).tokens.size();
  CHECK(made > 0);
  scheduler.cancel(3);  // waits
  scheduler.cancel(0);  // runs
  scheduler.cancel(0);
  scheduler.cancel(77);
  CHECK(recorder.finished_count() == 0);
  CHECK(scheduler.step(recorder));
  CHECK(recorder.finished_count() == 2);
  CHECK(recorder.outcomes().at(0).end == SequenceEnd::cancelled);
  CHECK(recorder.outcomes().at(0).tokens.size() == made);
  CHECK(recorder.outcomes().at(3) == Outcome{{}, SequenceEnd::cancelled});
  run(scheduler, recorder);
  CHECK(recorder.outcomes().at(1).tokens.size() == 50);
  CHECK(recorder.outcomes().at(2).tokens.size() == 50);
  CHECK(recorder.calls_after_the_end() == 0);
  CHECK(scheduler.counters().pages_used == 0);
  CHECK(device.faults().empty());
}

TEST_CASE("an observer may submit and cancel from within a step") {
  FakeDevice device({.page_size = 4, .pages = 50});
  Scheduler scheduler(device, {.max_context = 1000, .stop_tokens = {}});
  std::vector<std::pair<std::int64_t, SequenceEnd>> ends;
  int tokens_of_2 = 0;
  int rounds = 0;
  Callbacks callbacks;
  callbacks.on_token = [&](std::int64_t id) {
    if (id == 1) scheduler.cancel(2);  // before its first token, which comes in the same step
    if (id == 2) ++tokens_of_2;
    return true;
  };
  callbacks.on_finished = [&](std::int64_t id, SequenceEnd end) {
    ends.emplace_back(id, end);
    if (id == 1 && ++rounds < 3) CHECK(scheduler.submit(request(1, 6, 1)));  // the id is free again
  };
  CHECK(scheduler.submit(request(1, 6, 1)));
  CHECK(scheduler.submit(request(2, 6, 50)));
  run(scheduler, callbacks);
  CHECK(tokens_of_2 == 0);
  const std::vector<std::pair<std::int64_t, SequenceEnd>> expected = {{1, SequenceEnd::length},
                                                                      {2, SequenceEnd::cancelled},
                                                                      {1, SequenceEnd::length},
                                                                      {1, SequenceEnd::length}};
  CHECK(ends == expected);
}

TEST_CASE("a stop token counts before the observer and before the length") {
  const SequenceRequest asked = request(1, 3, 1);
  std::uint64_t history = 0;
  for (const std::int32_t token : asked.prompt) history = history_with(history, token);
  const std::int32_t first = token_after(history, asked.seed, 3).id;
  struct Row {
    std::vector<std::int32_t> stops;
    std::int32_t observer_stop;
    SequenceEnd end;
  };
  const Row kRows[] = {
      {{7, first}, first, SequenceEnd::stop_token},
      {{}, first, SequenceEnd::observer},
      {{}, -1, SequenceEnd::length},
  };
  for (const Row& row : kRows) {
    FakeDevice device({});
    Scheduler scheduler(device, {.max_context = 1000, .stop_tokens = row.stops});
    CHECK(scheduler.submit(asked));
    Recorder recorder(row.observer_stop);
    run(scheduler, recorder);
    CHECK(recorder.outcomes().at(1) == Outcome{{first}, row.end});
  }
}

TEST_CASE("a preempted sequence goes on before a younger one begins") {
  FakeDevice device({.page_size = 4, .pages = 6});
  Scheduler scheduler(device,
                      {.max_sequences = 2, .max_context = 100, .reserve = 0, .stop_tokens = {}});
  CHECK(scheduler.submit(request(0, 1, 20)));
  CHECK(scheduler.submit(request(1, 1, 20)));
  CHECK(scheduler.submit(request(2, 1, 4)));  // one page: it would fit beside the oldest
  std::map<std::int64_t, int> tokens;
  Callbacks callbacks;
  callbacks.on_token = [&](std::int64_t id) {
    if (id == 2) CHECK(tokens[1] > 12);
    ++tokens[id];
    return true;
  };
  while (scheduler.counters().preemptions == 0) CHECK(scheduler.step(callbacks));
  CHECK(tokens[1] == 12);  // with the prompt, all of three pages and one more
  CHECK(scheduler.counters().waiting == 2);
  run(scheduler, callbacks);
  CHECK(tokens[0] == 20);
  CHECK(tokens[1] == 20);
  CHECK(tokens[2] == 4);
  CHECK(scheduler.counters().recomputed == 12);
}

TEST_CASE("after a failed step all is computed again and no token is lost") {
  for (const bool one_behind : {false, true}) {
    for (const bool fails_late : {false, true}) {
      CAPTURE(one_behind);
      CAPTURE(fails_late);
      // Not room for all, so that some are with the host when it fails.
      FakeDevice device({.page_size = 4,
                         .pages = 15,
                         .host_pages = 40,
                         .fails_every = 9,
                         .fails_late = fails_late});
      const SchedulerOptions options = {
          .step_tokens = 16, .max_context = 1000, .one_behind = one_behind, .stop_tokens = {}};
      Scheduler scheduler(device, options);
      std::vector<SequenceRequest> requests;
      for (int id = 0; id < 5; ++id) requests.push_back(request(id, 10, 12));
      for (const SequenceRequest& each : requests) CHECK(scheduler.submit(each));
      Recorder recorder;
      int failures = 0;
      for (int steps = 0; !scheduler.idle(); ++steps) {
        REQUIRE(steps < 1000);
        const Result<void> done = scheduler.step(recorder);
        if (done) continue;
        ++failures;
        CHECK(done.error().code() == ErrorCode::unavailable);
        CHECK(scheduler.counters().running == 0);
        CHECK(scheduler.counters().pages_used == 0);
        CHECK(scheduler.counters().host_pages_used == 0);
      }
      CHECK(failures > 0);
      CHECK(scheduler.counters().recomputed > 0);
      CHECK(scheduler.counters().swapped_out > 0);
      CHECK(scheduler.counters().prefilled == 9);
      for (const SequenceRequest& each : requests) {
        CHECK(recorder.outcomes().at(each.id) == outcome_alone(each, options, 60, -1));
      }
      CHECK(device.faults().empty());
    }
  }
}

TEST_CASE("a sequence that was swapped out goes on where it was") {
  FakeDevice device({.page_size = 4, .pages = 6, .host_pages = 3});
  const SchedulerOptions options = {
      .max_sequences = 2, .max_context = 100, .reserve = 0, .stop_tokens = {}};
  Scheduler scheduler(device, options);
  CHECK(scheduler.submit(request(0, 1, 20)));
  CHECK(scheduler.submit(request(1, 1, 20)));
  Recorder recorder;
  while (scheduler.counters().preemptions == 0) CHECK(scheduler.step(recorder));
  CHECK(scheduler.counters().swapped_out == 1);
  CHECK(scheduler.counters().host_pages_used == 3);
  run(scheduler, recorder);
  CHECK(scheduler.counters().recomputed == 0);
  CHECK(scheduler.counters().host_pages_used == 0);
  CHECK(device.swapped_in() == 3);
  for (const int id : {0, 1}) {
    CHECK(recorder.outcomes().at(id) == outcome_alone(request(id, 1, 20), options, 24, -1));
  }
  CHECK(device.faults().empty());
}

TEST_CASE("cancelling frees what is with the host") {
  FakeDevice device({.page_size = 4, .pages = 6, .host_pages = 3});
  Scheduler scheduler(device,
                      {.max_sequences = 2, .max_context = 100, .reserve = 0, .stop_tokens = {}});
  CHECK(scheduler.submit(request(0, 1, 20)));
  CHECK(scheduler.submit(request(1, 1, 20)));
  Recorder recorder;
  while (scheduler.counters().host_pages_used == 0) CHECK(scheduler.step(recorder));
  scheduler.cancel(1);
  CHECK(scheduler.step(recorder));
  CHECK(scheduler.counters().host_pages_used == 0);
  CHECK(recorder.outcomes().at(1).end == SequenceEnd::cancelled);
}

TEST_CASE("one step behind only an end that the observer asks for costs a token") {
  struct Row {
    std::vector<std::int32_t> stops;
    std::int32_t observer_stop;
    std::int64_t discarded;
    int passed_over;
  };
  const SequenceRequest asked = request(1, 6, 30);
  const Outcome alone = outcome_alone(asked, {.max_context = 1000, .stop_tokens = {}}, 256, -1);
  const std::int32_t tenth = alone.tokens[9];
  const Row kRows[] = {{{}, -1, 0, 0}, {{tenth}, -1, 1, 1}, {{}, tenth, 1, 0}};
  for (const Row& row : kRows) {
    CAPTURE(row.discarded);
    FakeDevice device({});
    const SchedulerOptions options = {
        .max_context = 1000, .one_behind = true, .stop_tokens = row.stops};
    Scheduler scheduler(device, options);
    CHECK(scheduler.submit(asked));
    Recorder recorder(row.observer_stop);
    run(scheduler, recorder);
    CHECK(recorder.outcomes().at(1) == outcome_alone(asked, options, 256, row.observer_stop));
    CHECK(scheduler.counters().discarded == row.discarded);
    CHECK(device.passed_over() == row.passed_over);
    CHECK(device.computed_tokens() ==
          static_cast<std::int64_t>(6 - 1 + recorder.outcomes().at(1).tokens.size()) +
              row.discarded - row.passed_over);
    CHECK(device.most_under_way() == 2);
    CHECK(device.under_way() == 0);
    CHECK(device.faults().empty());
  }
}

TEST_CASE("a scheduler that is given up leaves the device with nothing under way") {
  FakeDevice device({});
  {
    Scheduler scheduler(device, {.max_context = 1000, .one_behind = true, .stop_tokens = {}});
    CHECK(scheduler.submit(request(1, 6, 30)));
    Recorder recorder;
    for (int i = 0; i < 5; ++i) CHECK(scheduler.step(recorder));
    CHECK(device.under_way() == 1);
  }
  CHECK(device.under_way() == 0);
}

TEST_CASE("the queue is kept short, and long enough to fill the memory") {
  struct Row {
    int max_sequences;
    int pages;
  };
  constexpr Row kRows[] = {{1, 100}, {8, 1000}, {64, 1000}, {64, 60}, {500, 20}};
  for (const Row& row : kRows) {
    CAPTURE(row.max_sequences);
    CAPTURE(row.pages);
    FakeDevice device({.page_size = 4, .pages = row.pages});
    Scheduler scheduler(device, {.max_sequences = row.max_sequences,
                                 .max_context = 1000,
                                 .reserve = 0.05,
                                 .stop_tokens = {}});
    Recorder recorder;
    std::int64_t submitted = 0;
    double running = 0;
    double pages_used = 0;
    constexpr int kSteps = 300;
    for (int step = 0; step < kSteps; ++step) {
      while (scheduler.wants_more()) {
        CHECK(scheduler.submit(request(submitted, 6, 20 + static_cast<int>(submitted % 30))));
        ++submitted;
      }
      CHECK(scheduler.counters().waiting > 0);
      CHECK(scheduler.counters().waiting <=
            std::min(row.max_sequences, row.pages) + row.max_sequences / 8 + 1);
      CHECK(scheduler.step(recorder));
      running += scheduler.counters().running;
      pages_used += scheduler.counters().pages_used;
    }
    const double places_filled = running / (kSteps * row.max_sequences);
    const double pages_filled = pages_used / (kSteps * row.pages);
    CHECK(std::max(places_filled, pages_filled) > 0.75);
    CHECK(device.faults().empty());
  }
}
