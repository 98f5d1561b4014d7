#include "tests/backends/engine/scheduler/workload.h"

#include <algorithm>
#include <utility>

#include "tests/backends/engine/scheduler/fake_device.h"

namespace proctor::engine {

Outcome outcome_alone(const SequenceRequest& request, const SchedulerOptions& options, int cache,
                      std::int32_t observer_stop) {
  std::uint64_t history = 0;
  for (const std::int32_t token : request.prompt) history = history_with(history, token);
  auto position = static_cast<int>(request.prompt.size());
  Outcome outcome;
  for (int made = 1;; ++made, ++position) {
    const std::int32_t token = token_after(history, request.seed, position).id;
    outcome.tokens.push_back(token);
    const auto& stops = options.stop_tokens;
    if (std::find(stops.begin(), stops.end(), token) != stops.end()) {
      outcome.end = SequenceEnd::stop_token;
    } else if (token == observer_stop) {
      outcome.end = SequenceEnd::observer;
    } else if (made == request.max_new_tokens || position + 1 == options.max_context ||
               position == cache) {
      outcome.end = SequenceEnd::length;
    }
    if (outcome.end) return outcome;
    history = history_with(history, token);
  }
}

bool Recorder::token(std::int64_t id, const SampledToken& token) {
  Outcome& outcome = outcomes_[id];
  if (outcome.end) ++calls_after_the_end_;
  outcome.tokens.push_back(token.id);
  order_.push_back(id);
  return token.id != observer_stop_;
}

void Recorder::finished(std::int64_t id, SequenceEnd end) {
  Outcome& outcome = outcomes_[id];
  if (outcome.end) ++calls_after_the_end_;
  outcome.end = end;
  ++finished_;
}

std::vector<std::int64_t> Recorder::take_order() { return std::exchange(order_, {}); }

std::vector<SequenceRequest> random_requests(std::mt19937_64& random, const WorkloadShape& shape) {
  const auto up_to = [&](int most) {
    return 1 + static_cast<int>(random() % static_cast<std::uint64_t>(most));
  };
  std::vector<std::vector<std::int32_t>> prompts;
  for (int i = 0; i < shape.prompts; ++i) {
    std::vector<std::int32_t> prompt;
    if (i > 0 && random() % 2 == 0) prompt = prompts.back();
    prompt.resize(static_cast<std::size_t>(up_to(shape.longest_prompt)));
    for (std::size_t at = prompt.size() / 2; at < prompt.size(); ++at) {
      prompt[at] = static_cast<std::int32_t>(random() % kFakeVocabulary);
    }
    prompts.push_back(std::move(prompt));
  }
  const bool grouped = random() % 2 == 0;  // repeats of a prompt follow each other
  std::vector<SequenceRequest> requests;
  for (int i = 0; i < shape.sequences; ++i) {
    const auto which = grouped ? static_cast<std::size_t>(i * shape.prompts / shape.sequences)
                               : random() % prompts.size();
    requests.push_back({.id = i,
                        .prompt = prompts[which],
                        .max_new_tokens = up_to(shape.most_new_tokens),
                        .sampling = {},
                        .seed = random()});
  }
  return requests;
}

}  // namespace proctor::engine
