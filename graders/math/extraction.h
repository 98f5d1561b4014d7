// Finding the final answer of a reply in mathematics, and the score that follows from it. The
// ladder has two rungs: the last box, then the last line that says "answer".
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
  std::string_view rung;  // "box", "unterminated box" or "answer line"
  Span span;              // into the text that was searched
};

// How a grader reads an answer off a text without a box; nothing if it finds none.
using AnswerLineReader = std::optional<Span> (*)(std::string_view text);

// Climbs the ladder. Linear time, given a linear reader.
std::optional<FoundAnswer> find_answer(std::string_view text, AnswerLineReader read_answer_line);

// The last line with the word "answer" in it, in any case.
std::optional<Span> last_answer_line(std::string_view text);

// What follows the last "answer:" or "answer is", up to the end of its line or of its sentence,
// without the emphasis around it;
// nothing if there are no such words, or nothing after them.
std::optional<Span> last_answer_statement(std::string_view text);

struct Judgement {
  bool correct = false;
  std::string canonical;
  std::string how;  // how the answer was read and compared
};

// The whole of grading but for the comparison: splits off the thinking, finds the answer, and has
// `judge` compare what the box or the line holds.
Score score_final_answer(const Generation& reply, const GraderOptions& options,
                         AnswerLineReader read_answer_line,
                         const std::function<Judgement(const std::string& answer)>& judge);

}  // namespace proctor::graders
