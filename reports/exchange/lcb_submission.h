// LiveCodeBench's result files, as LiveCodeBench/submissions publishes them
// (MODEL_n1.eval_all.json, written by lcb_runner/runner/main.py of LiveCodeBench 28fef95): a JSON
// array, for each problem its fields, output_list (replies), code_list (programs found in them),
// graded_list (whether each passed all tests) and metadata (how it failed, JSON as text).
#pragma once

#include <filesystem>

#include "reports/exchange/foreign.h"

namespace proctor::reports::exchange {

// Visits every reply, problem by problem. The questions have no gold: the files hold no tests.
// Errors: not_found, io, invalid_input, as FILE: problem N: field.
Result<ForeignLog> visit_lcb_submission(const std::filesystem::path& file,
                                        const ForeignVisitor& visitor);

}  // namespace proctor::reports::exchange
