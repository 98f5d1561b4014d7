#include <doctest/doctest.h>

#include "harness/core/record.h"

using namespace proctor;

TEST_CASE("every stored name reads back as its value") {
  for (const auto finish : {FinishReason::stop, FinishReason::length, FinishReason::content_filter,
                            FinishReason::empty, FinishReason::repetition, FinishReason::unknown}) {
    CHECK(finish_reason_named(name_of(finish)) == finish);
  }
  for (const auto verdict :
       {Verdict::correct, Verdict::wrong, Verdict::no_answer, Verdict::undecided}) {
    CHECK(verdict_named(name_of(verdict)) == verdict);
  }
  for (const auto thinking :
       {Thinking::closed, Thinking::unclosed, Thinking::empty, Thinking::absent}) {
    CHECK(thinking_named(name_of(thinking)) == thinking);
  }
  for (const auto state : {SampleState::planned, SampleState::in_flight, SampleState::generated,
                           SampleState::scored, SampleState::ungraded, SampleState::failed}) {
    CHECK(sample_state_named(name_of(state)) == state);
  }
}

TEST_CASE("the states are those of DESIGN section 5 and no others") {
  CHECK(name_of(SampleState::in_flight) == "in_flight");
  CHECK(name_of(FinishReason::content_filter) == "content_filter");
  CHECK(name_of(Verdict::no_answer) == "no_answer");
  CHECK_FALSE(sample_state_named("done"));
  CHECK_FALSE(verdict_named(""));
  CHECK_FALSE(thinking_named("open"));
  CHECK_FALSE(finish_reason_named("Stop"));
}
