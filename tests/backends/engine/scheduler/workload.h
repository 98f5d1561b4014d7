// Made-up requests, what must become of them, and what a scheduler made of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "backends/engine/scheduler/scheduler.h"

namespace proctor::engine {

struct Outcome {
  std::vector<std::int32_t> tokens;
  std::optional<SequenceEnd> end;

  bool operator==(const Outcome&) const = default;
};

// What a request becomes alone on a device with room for `cache` positions, by definition: one
// token after another, no pages. observer_stop: the token at which the observer says stop, or -1.
Outcome outcome_alone(const SequenceRequest& request, const SchedulerOptions& options, int cache,
                      std::int32_t observer_stop);

// Writes down what a scheduler tells, and what it must not.
class Recorder : public SequenceObserver {
 public:
  explicit Recorder(std::int32_t observer_stop = -1) : observer_stop_(observer_stop) {}

  bool token(std::int64_t id, const SampledToken& token) override;
  void finished(std::int64_t id, SequenceEnd end) override;

  const std::map<std::int64_t, Outcome>& outcomes() const { return outcomes_; }
  std::size_t finished_count() const { return finished_; }
  int calls_after_the_end() const { return calls_after_the_end_; }
  // The sequences that got a token since the last call, in the order of the calls.
  std::vector<std::int64_t> take_order();

 private:
  std::int32_t observer_stop_;
  std::map<std::int64_t, Outcome> outcomes_;
  std::vector<std::int64_t> order_;
  std::size_t finished_ = 0;
  int calls_after_the_end_ = 0;
};

struct WorkloadShape {
  int sequences = 20;
  int prompts = 4;  // different ones
  int longest_prompt = 20;
  int most_new_tokens = 30;
};

// Prompts of 1 to longest_prompt tokens, some of which share a beginning.
std::vector<SequenceRequest> random_requests(std::mt19937_64& random, const WorkloadShape& shape);

}  // namespace proctor::engine
