// The frozen form: one line of canonical JSON, keys sorted, no spaces.
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/core/sha256.h"
#include "tasks/contests/contests.h"

namespace proctor::tasks::contests {
namespace {

using nlohmann::json;

// Scores are integers but for a few; written as such they take half the space.
json number(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (std::trunc(value) == value && std::abs(value) < kExact) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

std::string_view name_of(ContestRules rules) {
  return rules == ContestRules::points ? "CF" : "ICPC";
}

json problem_json(const ContestProblem& problem) {
  json out = {{"index", problem.index}, {"points", number(problem.points)}};
  if (problem.rating) out["rating"] = *problem.rating;
  return out;
}

// What format_contest() wrote, with anything else left at its default: the comparison of bytes that
// follows finds all that did not fit. Throws nothing: each value is asked what it is.
Contest contest_of(const json& value) {
  const auto text = [](const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const auto amount = [](const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? found->get<double>() : 0;
  };
  const auto integer = [](const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const auto list = [&](const char* name) {
    const auto found = value.find(name);
    return found != value.end() && found->is_array() ? *found : json::array();
  };
  Contest contest;
  contest.id = text(value, "id");
  contest.name = text(value, "name");
  contest.rules = text(value, "rules") == "ICPC" ? ContestRules::icpc : ContestRules::points;
  contest.start = integer(value, "start");
  for (const json& row : list("problems")) {
    if (!row.is_object()) continue;
    ContestProblem problem{text(row, "index"), amount(row, "points"), {}};
    if (row.contains("rating")) problem.rating = static_cast<int>(integer(row, "rating"));
    contest.problems.push_back(std::move(problem));
  }
  for (const json& row : list("field")) {
    if (!row.is_array() || row.size() != 3) continue;
    Contestant contestant;
    if (row[0].is_number()) contestant.points = row[0].get<double>();
    if (row[1].is_number()) contestant.penalty = row[1].get<double>();
    if (row[2].is_number_integer()) contestant.rating = row[2].get<int>();
    contest.field.push_back(contestant);
  }
  return contest;
}

}  // namespace

bool is_contest_id(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::string format_contest(const Contest& contest) {
  json problems = json::array();
  for (const ContestProblem& problem : contest.problems) problems.push_back(problem_json(problem));
  json field = json::array();
  for (const Contestant& one : contest.field) {
    field.push_back({number(one.points), number(one.penalty), one.rating});
  }
  const json value = {{"id", contest.id},
                      {"name", contest.name},
                      {"rules", name_of(contest.rules)},
                      {"start", contest.start},
                      {"problems", std::move(problems)},
                      {"field", std::move(field)}};
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Contest> parse_contest(std::string_view text) {
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return Error(ErrorCode::corrupt, "a contest that is not JSON");
  Contest contest = contest_of(value);
  if (format_contest(contest) != text || contest.field.empty() || contest.problems.empty() ||
      !is_contest_id(contest.id)) {
    return Error(ErrorCode::corrupt, "not a contest as proctor writes it");
  }
  return contest;
}

FrozenContest freeze(Contest contest, std::string source) {
  FrozenContest frozen;
  frozen.text = format_contest(contest);
  frozen.hash = sha256_hex(frozen.text);
  frozen.contest = std::move(contest);
  frozen.source = std::move(source);
  return frozen;
}

}  // namespace proctor::tasks::contests
