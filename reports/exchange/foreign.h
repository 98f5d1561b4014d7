// What other programs' logs say of a sample, in our words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"
#include "harness/core/score.h"

namespace proctor::reports::exchange {

// One reply to one question. What a log does not say stays unset: FinishReason::unknown, no usage;
// the state of the thinking is for the caller to find.
struct ForeignSample {
  Question question;
  std::int32_t repeat = 0;
  std::optional<Generation> reply{};
  std::optional<Score> score{};
  // Whether the score's canonical form is the log's own; else it is the answer as it was extracted,
  // which may be the letter of an option that has another one in another repeat.
  bool canonical_known = false;
  std::string reason{};  // why there is no score, or no reply; empty: it never came to that
};

// Called for one sample after the other, of which only one is in memory; an error ends the visit.
using ForeignVisitor = std::function<Result<void>(ForeignSample sample)>;

// What a log says of itself as a whole.
struct ForeignLog {
  std::string task;        // as the log calls it; empty if it does not
  std::string model;       // likewise
  std::string created_at;  // ISO 8601; empty if it does not say
  std::string recipe;      // JSON: how it says that the model was asked
  std::string grader;      // "lcb-upstream": who gave its scores
};

}  // namespace proctor::reports::exchange
