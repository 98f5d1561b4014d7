// Ratings of runs, from a plan and verdicts of our own.
#include "harness/rating/contest_rating.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tasks/contests/contests.h"
#include "tasks/task.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::rating {
namespace {

using Attempts = std::vector<std::vector<std::optional<bool>>>;
using tasks::contests::format_contest;

constexpr std::optional<bool> kRight = true;
constexpr std::optional<bool> kWrong = false;
constexpr std::optional<bool> kMissing = std::nullopt;

// Three equals who solved both problems, one and none.
Contest small_contest(const std::string& id) {
  return {.id = id,
          .name = "Small",
          .rules = ContestRules::points,
          .problems = {{"A", 500, 800}, {"B", 1000, 1400}},
          .field = {{1500, 0, 1500}, {480, 0, 1500}, {0, 0, 1500}}};
}

Question question(const std::string& contest, const std::string& index) {
  return {.id = contest + "/" + index,
          .text = "?",
          .gold = "",
          .attributes = {{"contest_id", contest}, {"index", index}}};
}

TaskPlan plan_of(std::vector<Question> questions, const std::vector<Contest>& contests) {
  TaskPlan plan;
  plan.task = "codeforces";
  plan.repeats = 2;
  plan.questions = std::move(questions);
  for (const Contest& contest : contests) {
    plan.attachments.push_back({kContestAttachment + contest.id, format_contest(contest)});
  }
  return plan;
}

reports::RatingSummary rating_of(const TaskPlan& plan, const Attempts& attempts) {
  const Result<std::optional<reports::RatingSummary>> rating = contest_rating(plan, attempts);
  REQUIRE(rating);
  REQUIRE(*rating);
  return **rating;
}

// The rating that takes a place among three of 1500: sum 3 / (1 + 10^((R - 1500) / 400)) is one
// less.
double among_three(double place) { return 1500 + 400 * std::log10(3 / (place - 1) - 1); }

TEST_CASE("a run is rated by the place that its expected score takes") {
  const TaskPlan plan = plan_of({question("7", "A"), question("7", "B")}, {small_contest("7")});
  // A: one of two is right, half a failure to be expected, 475 points: below 480.
  const reports::RatingSummary third = rating_of(plan, {{kWrong, kRight}, {kWrong, kWrong}});
  CHECK(third.rating == doctest::Approx(among_three(3)));
  CHECK(third.method == "rank-expected");
  CHECK(third.contests == 1);
  CHECK(third.at_cap == 0);
  CHECK(std::isnan(third.error));
  CHECK(third.label ==
        "codeforces; contest 7, 2 of 2 problems; 2 attempts a problem, in expectation over their "
        "order; language not stated; newcomers count as 1400");
  // Both at once: 500, above it.
  const reports::RatingSummary second = rating_of(plan, {{kRight, kRight}, {kWrong, kWrong}});
  CHECK(second.rating == doctest::Approx(among_three(2)));
  // The order of the repeats is no information.
  CHECK(rating_of(plan, {{kRight, kWrong}, {kWrong, kWrong}}).rating == third.rating);
}

TEST_CASE("several contests give a mean with an error") {
  const TaskPlan plan = plan_of({question("7", "A"), question("8", "A"), question("8", "B")},
                                {small_contest("7"), small_contest("8")});
  const reports::RatingSummary rating =
      rating_of(plan, {{kRight, kRight}, {kWrong, kRight}, {kWrong, kWrong}});
  CHECK(rating.contests == 2);
  CHECK(rating.rating == doctest::Approx((among_three(2) + among_three(3)) / 2));
  CHECK(rating.error == doctest::Approx((among_three(2) - among_three(3)) / 2));
  CHECK(rating.label.find("contests 7, 8, 3 of 4 problems") != std::string::npos);
}

TEST_CASE("attempts that are missing are no failures and the label says what they could do") {
  const TaskPlan plan = plan_of({question("7", "A"), question("7", "B")}, {small_contest("7")});
  const reports::RatingSummary rating = rating_of(plan, {{kRight, kMissing}, {kWrong, kWrong}});
  CHECK(rating.rating == doctest::Approx(among_three(2)));
  const std::string bounds = "; 1 attempts are missing and make it " +
                             std::to_string(std::lround(among_three(3))) + " to " +
                             std::to_string(std::lround(among_three(2)));
  CHECK(rating.label.ends_with(bounds));
  CHECK(rating.label.find("1 to 2 attempts") != std::string::npos);
}

TEST_CASE("contests without standings are named and left out") {
  const TaskPlan plan = plan_of({question("7", "A"), question("9", "A")}, {small_contest("7")});
  const reports::RatingSummary rating = rating_of(plan, {{kRight, kRight}, {kMissing, kMissing}});
  CHECK(rating.contests == 1);
  CHECK(rating.label.find("contest 7, 1 of 2 problems, without 9;") != std::string::npos);
  CHECK(rating.label.find("missing") == std::string::npos);
}

TEST_CASE("a plan without contests has no rating") {
  const TaskPlan plan = plan_of({question("7", "A")}, {});
  const Result<std::optional<reports::RatingSummary>> rating = contest_rating(plan, {});
  REQUIRE(rating);
  CHECK_FALSE(*rating);
}

TEST_CASE("a damaged contest is an error that names it") {
  TaskPlan plan = plan_of({question("7", "A")}, {small_contest("7")});
  plan.attachments[0].body.pop_back();
  const Result<std::optional<reports::RatingSummary>> rating =
      contest_rating(plan, Attempts{{kRight}});
  REQUIRE_FALSE(rating);
  CHECK(rating.error().code() == ErrorCode::corrupt);
  CHECK(rating.error().message() == "attachment contest/7: a contest that is not JSON");
}

TEST_CASE("the language of the recipe is in the label") {
  TaskPlan plan = plan_of({question("7", "A")}, {small_contest("7")});
  const Result<tasks::Protocol> protocol = tasks::protocol_for("r1", "codeforces");
  REQUIRE(protocol);
  plan.protocol_json = tasks::protocol_json(*protocol, "code-contest@1");
  CHECK(rating_of(plan, {{kRight}}).label.find("; language cpp17; ") != std::string::npos);
}

TEST_CASE("a plan keeps the contests that the data folder has") {
  const support::TempDir dir;
  REQUIRE(save_contest(dir.path(), tasks::contests::freeze(small_contest("7"), "here")));
  const std::vector<Question> questions = {question("7", "A"), question("9", "A"),
                                           question("7", "B"), question("quickstart-1", "A")};
  const Result<PlannedContests> planned = plan_contests(dir.path(), questions);
  REQUIRE(planned);
  REQUIRE(planned->attachments.size() == 2);
  CHECK(planned->attachments[0] == Attachment{"contest/7", format_contest(small_contest("7"))});
  CHECK(planned->attachments[1].name == "contest/quickstart-1");
  CHECK(planned->missing == std::vector<std::string>{"9"});
  CHECK(missing_contests_warning(*planned) ==
        "no standings of contest 9: the rating will leave them out; get them with: proctor data "
        "fetch codeforces-contest 9");
  const Result<PlannedContests> none = plan_contests(dir.path(), {});
  REQUIRE(none);
  CHECK(none->attachments.empty());
  CHECK(none->missing.empty());
}

}  // namespace
}  // namespace proctor::harness::rating
