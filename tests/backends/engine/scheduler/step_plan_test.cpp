#include "backends/engine/scheduler/step_plan.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>

using namespace proctor::engine;

namespace {

// Sequences without pages: a plan only passes those on.
struct Batch {
  // A started sequence with `pending` tokens.
  Sequence& started(int pending) {
    Sequence& sequence = waiting(prefix(1));
    sequence.started = true;
    sequence.tokens.resize(static_cast<std::size_t>(pending));
    return sequence;
  }
  Sequence& waiting(Prefix& prefix) {
    Sequence& sequence = *owned.emplace_back(std::make_unique<Sequence>());
    sequence.order = static_cast<std::int64_t>(owned.size());
    sequence.prefix = &prefix;
    sequence.tokens = {1};
    all.push_back(&sequence);
    return sequence;
  }
  Prefix& prefix(std::size_t prompt_tokens) {
    Prefix& prefix = *prefixes.emplace_back(std::make_unique<Prefix>());
    prefix.prompt.resize(prompt_tokens);
    prefix.room = prefix.length();
    return prefix;
  }

  std::vector<std::unique_ptr<Prefix>> prefixes;
  std::vector<std::unique_ptr<Sequence>> owned;
  std::vector<Sequence*> all;
};

std::vector<std::size_t> sizes(const StepPlan& plan) {
  std::vector<std::size_t> sizes;
  for (const SequenceSlice& slice : plan.slices()) sizes.push_back(slice.tokens.size());
  return sizes;
}

}  // namespace

TEST_CASE("decoding comes first and prompts take what is left, the oldest first") {
  Batch batch;
  Prefix& shared = batch.prefix(31);
  batch.waiting(shared);
  batch.started(1);
  batch.started(20);
  batch.waiting(shared);
  batch.started(1);
  StepPlan plan;
  struct Row {
    int budget;
    std::vector<std::size_t> sizes;
  };
  const Row kRows[] = {
      {3, {1, 1, 1}}, {10, {1, 1, 8}}, {32, {1, 1, 30}}, {40, {1, 1, 30, 8}}, {90, {1, 1, 30, 20}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.budget);
    plan.make(batch.all, row.budget);
    CHECK(sizes(plan) == row.sizes);
    CHECK(plan.slices()[0].sample);
    CHECK(plan.prefix(0) == nullptr);
    CHECK(plan.prefix(2) == &shared);  // once, for both that wait for it
    CHECK(!plan.slices()[2].sample);
    if (row.sizes.size() > 3) CHECK(plan.slices()[3].sample == (row.sizes[3] == 20));
  }
}

TEST_CASE("no plan without sequences") {
  StepPlan plan;
  plan.make({}, 4);
  CHECK(plan.empty());
}

TEST_CASE("where not all fit they take turns and none gets less than another") {
  Batch batch;
  for (int i = 0; i < 7; ++i) batch.started(i == 4 ? 9 : 1);
  batch.waiting(batch.prefix(50));
  StepPlan plan;
  for (const int budget : {1, 3, 5, 6}) {
    CAPTURE(budget);
    std::map<const Sequence*, int> turns;
    std::int64_t prefix_turns = 0;
    for (int step = 0; step < 8; ++step) {
      plan.make(batch.all, budget);
      CHECK(static_cast<int>(plan.slices().size()) == budget);
      for (const Sequence* sequence : batch.all) turns[sequence] += sequence->slice >= 0 ? 1 : 0;
      for (std::size_t i = 0; i < plan.slices().size(); ++i) {
        prefix_turns += plan.prefix(i) != nullptr ? 1 : 0;
      }
    }
    CHECK(prefix_turns == budget);
    for (std::size_t i = 0; i < 7; ++i) CHECK(turns[batch.all[i]] == budget);
  }
}
