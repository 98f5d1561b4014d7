// MATH-500: five hundred competition problems whose answers are LaTeX.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::math500 {

Benchmark math500();

inline constexpr std::string_view kAttributes[] = {"level", "subject"};

inline constexpr Schema kSchema = {.name = "HuggingFaceH4/MATH-500",
                                   .id = "unique_id",
                                   .problem = "problem",
                                   .answer = "answer",
                                   .attributes = kAttributes,
                                   .marker = {}};

// The text itself, byte for byte: what two spellings have in common is the grader's to say.
Result<std::string> normal_answer(const nlohmann::json& answer);

}  // namespace proctor::tasks::math500
