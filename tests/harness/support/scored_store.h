// Stores of finished runs, written cell by cell: for verbs that compare runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "reports/store.h"

namespace proctor::harness {

// A run of one task, "sums", with a question for each row: "1" is a correct sample, "0" a wrong
// one, "-" one without an answer, cut at the token limit while thinking, and "." one that never
// came back. All rows are as long as the first.
struct ScoredRun {
  std::vector<std::string> rows;
  std::string task = "sums";
  std::string model = "openai-api/fake";
  std::string server = "openai-api fake";
  std::string prompt = "{problem}";
  double temperature = 0.6;
  int tokens = 100;  // of every reply
};

RunPlan plan_of(const ScoredRun& run);

// Adds it to the store, creating that if need be, as complete unless samples are missing.
reports::RunId add_scored_run(const std::filesystem::path& db, const ScoredRun& run);

}  // namespace proctor::harness
