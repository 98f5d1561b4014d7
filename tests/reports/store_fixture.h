// A small plan and helpers that the tests of the store share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/store.h"

namespace proctor::reports {

// Two tasks: 3 questions x 2 repeats and 2 x 1.
RunPlan small_plan();

// Seeds that tell question and repeat apart.
std::uint64_t small_seed(const std::string& task, const Question& question, int repeat);

Generation reply_saying(std::string text);
Score score_of(Verdict verdict, std::string canonical);

// All results of a run.
std::vector<SampleResult> results_of(Store& store, RunId run);

}  // namespace proctor::reports
