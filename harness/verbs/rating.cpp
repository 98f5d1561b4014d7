// `proctor rating`: a rating from outcomes of contest problems that proctor need not have judged.
#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "graders/rating/over_contests.h"
#include "graders/rating/rate.h"
#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/rating/input.h"
#include "harness/rating/label.h"
#include "harness/verbs/verbs.h"
#include "tasks/contests/contests.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;
using graders::rating::ContestAttempts;
using graders::rating::ContestRating;
using graders::rating::Counting;
using graders::rating::Method;
using graders::rating::RateOptions;
using graders::rating::Rating;
using nlohmann::ordered_json;

struct RatingVerbOptions {
  std::string in = "-";
  std::optional<fs::path> contests;
  std::string method = "rank";
  bool expected = false;
  int newcomer = graders::rating::kNewcomerWorth;
  double prior_mean = graders::rating::NormalPrior().mean;
  double prior_deviation = graders::rating::NormalPrior().deviation;
  std::uint64_t seed = 0;
  std::string percentiles;
  std::string test_set;
  std::string language;
};

// The contests of the outcomes, and the outcomes in their problems' order.
struct Field {
  std::vector<std::unique_ptr<Contest>> contests;  // pointers, for `attempts` point to them
  std::vector<ContestAttempts> attempts;
};

struct Percentile {
  double value = 0;
  std::string of;  // "ratings.json, 717421 users"
};

struct Outcome {
  Field field;
  rating::RatingBasis basis{};
  RateOptions options{};
  Rating rating{};
  std::optional<Percentile> percentile{};
};

RateOptions rate_options(const RatingVerbOptions& options) {
  return {.method = graders::rating::method_named(options.method).value_or(Method::rank),
          .counting = options.expected ? Counting::expected : Counting::in_order,
          .newcomer = options.newcomer,
          .prior = {options.prior_mean, options.prior_deviation},
          .seed = options.seed};
}

// The entry of the contest, which is loaded when it is first named.
Result<ContestAttempts*> contest_of(const rating::ProblemAttempts& problem, const fs::path& folder,
                                    Field& field) {
  for (ContestAttempts& one : field.attempts) {
    if (one.contest->id == problem.contest) return &one;
  }
  Result<tasks::contests::FrozenContest> found =
      tasks::contests::find_contest(folder, problem.contest);
  if (!found) {
    const Error& error = found.error();
    return error.code() == ErrorCode::not_found ? error.within(problem.place) : error;
  }
  field.contests.push_back(std::make_unique<Contest>(std::move(found->contest)));
  const Contest& contest = *field.contests.back();
  field.attempts.push_back(
      {.contest = &contest,
       .attempts = std::vector<graders::rating::Attempts>(contest.problems.size())});
  return &field.attempts.back();
}

Result<void> add_problem(const rating::ProblemAttempts& problem, ContestAttempts& one) {
  std::string indices;
  for (std::size_t i = 0; i < one.contest->problems.size(); ++i) {
    const std::string& index = one.contest->problems[i].index;
    if (index == problem.index) {
      one.attempts[i] = graders::rating::count_attempts(problem.attempts);
      return {};
    }
    indices += (indices.empty() ? "" : ", ") + index;
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("{}: field \"index\": contest {} has no problem {}; it has {}",
                           problem.place, problem.contest, problem.index, indices));
}

Result<Field> load_field(const std::vector<rating::ProblemAttempts>& problems,
                         const fs::path& folder) {
  Field field;
  for (const rating::ProblemAttempts& problem : problems) {
    const Result<ContestAttempts*> contest = contest_of(problem, folder, field);
    if (!contest) return contest.error();
    if (const Result<void> added = add_problem(problem, **contest); !added) return added.error();
  }
  return field;
}

Result<Outcome> compute(const RatingVerbOptions& options, const fs::path& folder) {
  const Result<std::vector<rating::ProblemAttempts>> problems = rating::load_attempts(options.in);
  if (!problems) return problems.error();
  Result<Field> field = load_field(*problems, folder);
  if (!field) return field.error();

  Outcome outcome{.field = std::move(*field)};
  outcome.options = rate_options(options);
  const std::string from = options.in == "-" ? "stdin" : fs::path(options.in).filename().string();
  outcome.basis = rating::basis_of(options.test_set.empty() ? from : options.test_set,
                                   options.language, outcome.field.attempts);
  outcome.rating = graders::rating::rate(outcome.field.attempts, outcome.options);
  if (outcome.options.method == Method::likelihood && outcome.rating.problems == 0) {
    return Error(
        ErrorCode::invalid_input,
        from + ": no attempt at a problem of known difficulty, and so nothing but the prior");
  }
  if (!options.percentiles.empty()) {
    const Result<std::vector<int>> users = rating::load_user_ratings(options.percentiles);
    if (!users) return users.error();
    outcome.percentile = {
        graders::rating::percentile(*users, outcome.rating.rating),
        fmt::format("{}, {} users", fs::path(options.percentiles).filename().string(),
                    users->size())};
  }
  return outcome;
}

// JSON has no number for what is not there or without bound.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json contest_json(const ContestAttempts& one, const ContestRating& rated) {
  return {{"contest_id", one.contest->id},
          {"name", one.contest->name},
          {"rules", one.contest->rules == ContestRules::icpc ? "ICPC" : "CF"},
          {"solved", rated.score.solved},
          {"points", rated.score.points},
          {"penalty", rated.score.penalty},
          {"place", rated.place},
          {"contestants", one.contest->field.size()},
          {"rating", rated.rating.rating},
          {"uncapped", number(rated.rating.uncapped)},
          {"at_cap", rated.rating.at_cap}};
}

ordered_json to_json(const Outcome& outcome) {
  const Rating& rating = outcome.rating;
  const bool likelihood = outcome.options.method == Method::likelihood;
  ordered_json out = {
      {"method", rating::method_label(outcome.options)},
      {"label", rating::rating_label(outcome.basis, outcome.options)},
      {"test_set", outcome.basis.test_set},
      {"language",
       outcome.basis.language.empty() ? ordered_json() : ordered_json(outcome.basis.language)},
      {"attempts", {outcome.basis.fewest_attempts, outcome.basis.most_attempts}},
      {"problems_asked", outcome.basis.problems_asked},
      {"problems", outcome.basis.problems_in_all},
      {"rating", rating.rating},
      {likelihood ? "standard_error_problems" : "standard_error_contests", number(rating.error)},
      {"interval_95", {number(rating.interval_low), number(rating.interval_high)}},
      {"percentile", outcome.percentile ? ordered_json(outcome.percentile->value) : ordered_json()},
      {"percentile_of", outcome.percentile ? ordered_json(outcome.percentile->of) : ordered_json()},
      {"contest_ids", outcome.basis.contests}};
  if (likelihood) {
    out["problems_of_known_difficulty"] = rating.problems;
    out["problems_of_unknown_difficulty"] = rating.left_out;
    return out;
  }
  out["at_cap"] = rating.at_cap;
  ordered_json& contests = out["contests"] = ordered_json::array();
  for (std::size_t i = 0; i < rating.contests.size(); ++i) {
    contests.push_back(contest_json(outcome.field.attempts[i], rating.contests[i]));
  }
  return out;
}

void print_contests(const Outcome& outcome) {
  print_result(fmt::format("\n{:<14} {:<5} {:>6} {:>9} {:>8} {:>7} {:>7} {:>9}  {}\n", "contest",
                           "rules", "solved", "points", "penalty", "place", "of", "rating",
                           "at the cap"));
  for (std::size_t i = 0; i < outcome.rating.contests.size(); ++i) {
    const Contest& contest = *outcome.field.attempts[i].contest;
    const ContestRating& rated = outcome.rating.contests[i];
    print_result(fmt::format("{:<14} {:<5} {:>6} {:>9.1f} {:>8.1f} {:>7} {:>7} {:>9.2f}  {}\n",
                             contest.id, contest.rules == ContestRules::icpc ? "ICPC" : "CF",
                             rated.score.solved, rated.score.points, rated.score.penalty,
                             rated.place, contest.field.size(), rated.rating.rating,
                             rated.rating.at_cap ? "yes" : "no"));
  }
}

void print_text(const Outcome& outcome) {
  const Rating& rating = outcome.rating;
  const bool likelihood = outcome.options.method == Method::likelihood;
  std::string line =
      fmt::format("rating ({}): {:.2f}", rating::method_label(outcome.options), rating.rating);
  if (std::isnan(rating.error)) {
    line += ", of a single contest and so without an error";
  } else {
    line += fmt::format(" ± {:.2f} ({}), 95 % {:.0f} to {:.0f}", rating.error,
                        likelihood ? "problems like these" : "contests like these",
                        rating.interval_low, rating.interval_high);
  }
  print_result(line + "\n");
  if (outcome.percentile) {
    print_result(fmt::format("percentile: {:.1f} (of {})\n", outcome.percentile->value,
                             outcome.percentile->of));
  }
  print_result(fmt::format("of: {}\n", rating::rating_label(outcome.basis, outcome.options)));
  if (likelihood && rating.left_out > 0) {
    print_result(fmt::format("left out, for want of a difficulty: {} problems\n", rating.left_out));
  }
  if (rating.at_cap > 0) {
    print_result(fmt::format("at a cap, and so bounds and no estimates: {} of {} contests\n",
                             rating.at_cap, rating.contests.size()));
  }
  if (!rating.contests.empty()) print_contests(outcome);
}

ExitCode rate_files(const Globals& globals, const RatingVerbOptions& options) {
  if (options.method == "likelihood" && !options.percentiles.empty()) {
    return fail(Error(ErrorCode::invalid_input,
                      "--percentiles: a rating from difficulties alone is not on the scale of "
                      "users' ratings"));
  }
  std::optional<fs::path> folder = options.contests;
  if (!folder) {
    const Result<fs::path> data = tasks::data_directory(globals.data, environment);
    if (!data) return fail(data.error());
    folder = *data;
  }
  const Result<Outcome> outcome = compute(options, *folder);
  if (!outcome) return fail(outcome.error());
  if (globals.json) {
    // A file's name may be no text.
    print_result(indented_json(to_json(*outcome)));
  } else {
    print_text(*outcome);
  }
  return kDone;
}

}  // namespace

void add_rating_verb(CLI::App& app, Globals& globals, int& exit_code) {
  auto options = std::make_shared<RatingVerbOptions>();
  CLI::App* verb =
      app.add_subcommand("rating", "A Codeforces-style rating from outcomes of contest problems");
  verb->add_option("--in", options->in,
                   "JSON Lines with contest_id, index and attempts (true if accepted); - for stdin")
      ->capture_default_str();
  verb->add_option("--contests", options->contests,
                   "folder with contest.standings.ID.json and contest.ratingChanges.ID.json as the "
                   "API gives them, or with contests that `data fetch` froze (default: the data "
                   "folder)");
  verb->add_option("--method", options->method,
                   "rank: the rating that is expected to take the place taken; codeelo: as "
                   "CodeElo's program has it; likelihood: from the problems' difficulties alone")
      ->check(CLI::IsMember({"rank", "codeelo", "likelihood"}))
      ->capture_default_str();
  verb->add_flag("--expected", options->expected,
                 "score what any order of the attempts gives on average");
  verb->add_option("--newcomer-rating", options->newcomer,
                   "rank: what contestants count as who had no rating yet, which is shown as 0")
      ->check(CLI::Range(-5000, 5000))
      ->capture_default_str();
  verb->add_option("--prior-mean", options->prior_mean, "likelihood: of the normal prior")
      ->check(CLI::Range(-10'000.0, 10'000.0))
      ->capture_default_str();
  verb->add_option("--prior-deviation", options->prior_deviation, "likelihood: of the normal prior")
      ->check(CLI::Range(1.0, 100'000.0))
      ->capture_default_str();
  verb->add_option("--percentiles", options->percentiles,
                   "JSON list of users' ratings: also say which share of them is lower");
  verb->add_option("--test-set", options->test_set, "for the label (default: the name of --in)");
  verb->add_option("--language", options->language, "for the label: of the programs");
  verb->add_option("--seed", options->seed, "of the resampling of contests")->capture_default_str();
  verb->callback([options, &globals, &exit_code] { exit_code = rate_files(globals, *options); });
}

}  // namespace proctor::harness
