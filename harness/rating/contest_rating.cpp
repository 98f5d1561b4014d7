#include "harness/rating/contest_rating.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "graders/rating/rate.h"
#include "harness/core/check.h"
#include "harness/rating/label.h"
#include "tasks/contests/contests.h"
#include "tasks/task.h"

namespace proctor::harness::rating {
namespace {

using graders::rating::Attempts;
using graders::rating::ContestAttempts;
using graders::rating::RateOptions;
using graders::rating::Rating;
using RepeatOutcomes = std::vector<std::optional<bool>>;

constexpr RateOptions kOptions{.counting = graders::rating::Counting::expected};

std::string attribute(const Question& question, std::string_view name) {
  for (const auto& [key, value] : question.attributes) {
    if (key == name) return value;
  }
  return "";
}

// The contests of the questions, in order of appearance.
std::vector<std::string> contests_of(std::span<const Question> questions) {
  std::vector<std::string> ids;
  for (const Question& question : questions) {
    std::string id = attribute(question, "contest_id");
    if (!tasks::contests::is_contest_id(id)) continue;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
  }
  return ids;
}

Result<std::vector<Contest>> stored_contests(const TaskPlan& plan) {
  std::vector<Contest> contests;
  for (const Attachment& attachment : plan.attachments) {
    if (!attachment.name.starts_with(kContestAttachment)) continue;
    Result<Contest> contest = tasks::contests::parse_contest(attachment.body);
    if (!contest) return contest.error().within("attachment " + attachment.name);
    contests.push_back(std::move(*contest));
  }
  return contests;
}

// What became of a question's samples that are not decided.
enum class Undecided { left_out, wrong, right };

Attempts count(const RepeatOutcomes& outcomes, Undecided undecided) {
  std::vector<bool> accepted;
  for (const std::optional<bool>& outcome : outcomes) {
    if (!outcome && undecided == Undecided::left_out) continue;
    accepted.push_back(outcome.value_or(undecided == Undecided::right));
  }
  return graders::rating::count_attempts(accepted);
}

// Each contest with the attempts at its problems; problems that no question asks have none.
std::vector<ContestAttempts> arrange(const std::vector<Contest>& contests, const TaskPlan& plan,
                                     std::span<const RepeatOutcomes> attempts,
                                     Undecided undecided) {
  std::map<std::pair<std::string, std::string>, Attempts> by_problem;
  for (std::size_t i = 0; i < plan.questions.size(); ++i) {
    const Question& question = plan.questions[i];
    by_problem[{attribute(question, "contest_id"), attribute(question, "index")}] =
        count(attempts[i], undecided);
  }
  std::vector<ContestAttempts> arranged;
  for (const Contest& contest : contests) {
    ContestAttempts one{.contest = &contest};
    for (const ContestProblem& problem : contest.problems) {
      one.attempts.push_back(by_problem[{contest.id, problem.index}]);
    }
    arranged.push_back(std::move(one));
  }
  return arranged;
}

// Of the questions that are of a contest whose standings are here.
std::size_t count_undecided(const std::vector<Contest>& contests, const TaskPlan& plan,
                            std::span<const RepeatOutcomes> attempts) {
  std::size_t undecided = 0;
  for (std::size_t i = 0; i < plan.questions.size(); ++i) {
    const std::string id = attribute(plan.questions[i], "contest_id");
    if (std::none_of(contests.begin(), contests.end(),
                     [&](const Contest& contest) { return contest.id == id; })) {
      continue;
    }
    undecided += static_cast<std::size_t>(
        std::count(attempts[i].begin(), attempts[i].end(), std::optional<bool>()));
  }
  return undecided;
}

// Empty, if nothing is missing.
std::string undecided_text(const std::vector<Contest>& contests, const TaskPlan& plan,
                           std::span<const RepeatOutcomes> attempts) {
  const std::size_t undecided = count_undecided(contests, plan, attempts);
  if (undecided == 0) return "";
  const auto rating = [&](Undecided as) {
    return graders::rating::rate(arrange(contests, plan, attempts, as), kOptions).rating;
  };
  return fmt::format("; {} attempts are missing and make it {:.0f} to {:.0f}", undecided,
                     rating(Undecided::wrong), rating(Undecided::right));
}

// The language that the recipe asks programs in; empty, if it says nothing of it.
std::string language_of(const TaskPlan& plan) {
  const Result<tasks::Protocol> protocol = tasks::parse_protocol(plan.protocol_json);
  return protocol ? protocol->language : "";
}

std::vector<std::string> without_standings(const TaskPlan& plan,
                                           const std::vector<Contest>& contests) {
  std::vector<std::string> missing;
  for (std::string& id : contests_of(plan.questions)) {
    if (std::none_of(contests.begin(), contests.end(),
                     [&](const Contest& contest) { return contest.id == id; })) {
      missing.push_back(std::move(id));
    }
  }
  return missing;
}

}  // namespace

Result<PlannedContests> plan_contests(const std::filesystem::path& data,
                                      std::span<const Question> questions) {
  PlannedContests planned;
  for (const std::string& id : contests_of(questions)) {
    Result<tasks::contests::FrozenContest> contest = tasks::contests::load_contest(data, id);
    if (contest) {
      planned.attachments.push_back({kContestAttachment + id, std::move(contest->text)});
    } else if (contest.error().code() == ErrorCode::not_found) {
      planned.missing.push_back(id);
    } else {
      return contest.error();
    }
  }
  return planned;
}

std::string missing_contests_warning(const PlannedContests& contests) {
  return fmt::format(
      "no standings of contest{} {}: {}; get them with: proctor data fetch codeforces-contest {}",
      contests.missing.size() == 1 ? "" : "s", joined(contests.missing, ", "),
      contests.attachments.empty() ? "there will be no rating" : "the rating will leave them out",
      joined(contests.missing, " "));
}

Result<std::optional<reports::RatingSummary>> contest_rating(
    const TaskPlan& plan, std::span<const RepeatOutcomes> attempts) {
  const Result<std::vector<Contest>> contests = stored_contests(plan);
  if (!contests) return contests.error();
  if (contests->empty()) return std::optional<reports::RatingSummary>();
  check(attempts.size() == plan.questions.size());

  const std::vector<ContestAttempts> arranged =
      arrange(*contests, plan, attempts, Undecided::left_out);
  const Rating rating = graders::rating::rate(arranged, kOptions);
  RatingBasis basis = basis_of(plan.task, language_of(plan), arranged);
  basis.missing = without_standings(plan, *contests);
  return std::optional<reports::RatingSummary>(
      {.label = rating_label(basis, kOptions) + undecided_text(*contests, plan, attempts),
       .method = method_label(kOptions),
       .rating = rating.rating,
       .error = rating.error,
       .interval_low = rating.interval_low,
       .interval_high = rating.interval_high,
       .contests = static_cast<int>(contests->size()),
       .at_cap = rating.at_cap});
}

}  // namespace proctor::harness::rating
