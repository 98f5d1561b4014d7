// LiveCodeBench, code generation: problems from programming contests since May 2023, each with its
// tests, dated so that those published before a model was trained can be told apart.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::livecodebench {

Benchmark livecodebench();

inline constexpr std::string_view kAttributes[] = {"contest_date", "contest_id", "difficulty",
                                                   "platform", "question_title"};
inline constexpr std::string_view kOptional[] = {"starter_code"};
inline constexpr std::string_view kOthers[] = {"public_test_cases", "metadata"};

inline constexpr Schema kSchema = {.name = "livecodebench/code_generation_lite",
                                   .id = "question_id",
                                   .problem = "question_content",
                                   .answer = "private_test_cases",
                                   .attributes = kAttributes,
                                   .marker = {},
                                   .optional = kOptional,
                                   .others = kOthers};

// A SHA-256 in hex: the answer to a problem is any program that passes the tests of that hash.
Result<std::string> normal_answer(const nlohmann::json& answer);

// That the contest's date is one and the difficulty is easy, medium or hard: tables and windows are
// made of them. Errors: invalid_input, naming the field.
Result<void> check_row(const nlohmann::json& row);

}  // namespace proctor::tasks::livecodebench
