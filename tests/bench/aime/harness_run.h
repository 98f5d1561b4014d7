// A run of proctor from its plan to its report, with 30 questions of our own in the place of AIME's
// and each reply exactly as long as is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "backends/backend.h"
#include "harness/core/result.h"

namespace proctor::bench {

constexpr int kQuestions = 30;

struct HarnessRun {
  std::filesystem::path folder;  // for the data and the store, "run.db"; exists
  std::string model;             // what the run calls it
  int questions = kQuestions;    // of them, at most
  int repeats = 64;
  int concurrency = 64;
  // Of a reply, in tokens; by the question's index and the repeat, from 0.
  std::function<int(int question, int repeat)> length;
  // Gets a line for each sample, in the order in which they were asked: the tokens of its prompt
  // and those of its reply. Empty: there is none.
  std::filesystem::path lengths_file{};
};

// What the store holds afterwards.
struct HarnessOutcome {
  int samples = 0;
  int as_asked = 0;  // those of them that are scored and exactly as long as asked
  int correct = 0;
  int no_answer = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t reply_tokens = 0;
  std::uintmax_t store_bytes = 0;
};

// Plans, asks, grades, stores and prints the report. `backend` must answer with replies of
// Sampling::max_tokens. To be called before any thread is started, and once.
// Errors: those of the harness.
Result<HarnessOutcome> run_harness(backends::Backend& backend, const HarnessRun& run);

}  // namespace proctor::bench
