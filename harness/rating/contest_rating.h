// The rating of a run whose questions are problems of contests: the contests that are stored with
// it when it is planned, and the rating computed from them and the run's samples alone.
//
// A question says which problem it is by its attributes "contest_id" and "index".
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/report.h"

namespace proctor::harness::rating {

// The contests of some questions, as a plan keeps them.
struct PlannedContests {
  std::vector<Attachment> attachments;  // "contest/ID", in the order of the questions
  std::vector<std::string> missing;     // ids of those that the data folder does not have
};

// Loads the contests that questions are of from the data folder; nothing, if they are of none.
// Errors: corrupt; io.
Result<PlannedContests> plan_contests(const std::filesystem::path& data,
                                      std::span<const Question> questions);

// What to tell the user whose contests are missing: which, and how to get them.
std::string missing_contests_warning(const PlannedContests& contests);

// The rating of a task's samples: rank-based, and in expectation over the order of the samples,
// which are drawn apart and so have none. `attempts` has an entry a question, with whether each
// repeat was accepted; what is not decided is unset, counts for nothing, and is told of in the
// label with the ratings that it could lead to. Nothing, if the plan has no contest; `attempts` is
// then not read. Errors: corrupt, for an attachment that is no contest.
Result<std::optional<reports::RatingSummary>> contest_rating(
    const TaskPlan& plan, std::span<const std::vector<std::optional<bool>>> attempts);

}  // namespace proctor::harness::rating
