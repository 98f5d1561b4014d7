// Rows as the upstream datasets spell them, with questions of our own: "What is 7 plus 7?".
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tasks/task.h"
#include "tests/support/temp_dir.h"

namespace proctor::support {

std::string h4_row(std::size_t i);           // aime24
std::string maxwell_jia_row(std::size_t i);  // aime24
std::string yentinglin_row(std::size_t i);   // aime25
std::string math_ai_row(std::size_t i);      // aime25
std::string opencompass_row(std::size_t i);  // aime25
std::string math500_row(std::size_t i);

// Rows 0 to count - 1.
std::vector<std::string> rows(std::string (*row)(std::size_t), std::size_t count);

// The rows as a file's content, each ended by `ending`.
std::string lines(const std::vector<std::string>& rows, std::string_view ending = "\n");

const tasks::Task& task(std::string_view name);

// Writes `content` as `name` into `dir` and parses it as that task's.
Result<tasks::Dataset> parse(const TempDir& dir, std::string_view task, std::string_view content,
                             std::string_view name = "rows.jsonl");

// The error's message with the test's own folder cut out; empty if there is no error.
std::string message_of(const Result<tasks::Dataset>& result, const TempDir& dir);

}  // namespace proctor::support
