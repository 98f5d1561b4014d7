// The two sides of a comparison, from stores: runs taken together, and their questions matched.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/comparison/fingerprint_diff.h"
#include "harness/comparison/run_scores.h"
#include "reports/comparison_report.h"

namespace proctor::harness::comparison {

// One task of one side: its runs' scores taken together, by question.
struct SideTask {
  std::map<std::string, std::size_t> places;  // of the questions in `scores`, by id
  TaskScores scores;
};

// One side of the comparison.
struct Side {
  reports::ComparedRuns about;
  RunPlan plan;                    // of its last run
  std::vector<std::string> order;  // tasks as planned
  std::map<std::string, SideTask> tasks;
};

// Several runs make one side only if they are alike; their samples are then taken together.
// Errors: not_found, corrupt, io; invalid_input for runs that are not alike, as unlike() says it.
Result<Side> load_side(const std::filesystem::path& db, const std::vector<reports::RunId>& runs);

// The task's questions that both sides ask, in the order of their ids.
reports::TaskPair pair_of(const std::string& task, const SideTask& base, const SideTask& next);

// Slices each pair by attributes of the plan's questions, one slice a value.
// Errors: not_found, for an attribute that no question has.
Result<void> slice_pairs(const RunPlan& plan, const std::vector<std::string>& by,
                         std::vector<reports::TaskPair>& pairs);

// Why runs are not compared: everything in which they differ, and what to do. `what` is the
// sentence's subject: "these runs".
Error unlike(std::string_view what, const std::vector<Difference>& found);

}  // namespace proctor::harness::comparison
