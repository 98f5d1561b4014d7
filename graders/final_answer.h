// What every grader of final answers does: splits off the thinking, has the answer found and
// judged, and writes the score.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "graders/grader.h"
#include "harness/core/generation.h"
#include "harness/core/score.h"

namespace proctor::graders {

struct FoundAnswer {
  std::string rung;  // the rule that found it: "box", "answer line"...
  Span span;         // into the text that was searched
  std::string text;  // what the grader reads: the span, less what typesets it
};

struct Judgement {
  Verdict verdict = Verdict::wrong;
  std::string canonical;
  std::string how;  // how the answer was read and compared
};

// Scores the reply by what `find` finds in its final part, and `judge` says of that. Where nothing
// is final there is no answer; where `find` finds none, `nothing_found` is the explanation.
Score score_final_answer(
    const Generation& reply, const GraderOptions& options,
    const std::function<std::optional<FoundAnswer>(std::string_view text)>& find,
    std::string_view nothing_found,
    const std::function<Judgement(const FoundAnswer& answer)>& judge);

// The same, searching the whole reply, its thinking included, as harnesses do that never take it
// away. Thinking that the server sent apart is searched as it would stand in the text, before
// "</think>"; what is found there has no span.
Score score_whole_reply(
    const Generation& reply, const GraderOptions& options,
    const std::function<std::optional<FoundAnswer>(std::string_view text)>& find,
    std::string_view nothing_found,
    const std::function<Judgement(const FoundAnswer& answer)>& judge);

}  // namespace proctor::graders
