// The answers of the Codeforces API: codeforces.com/apiHelp, methods contest.standings and
// contest.ratingChanges, objects Contest, Problem, RanklistRow, Party and RatingChange.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "tasks/contests/contests.h"
#include "tasks/schema.h"

namespace proctor::tasks::contests {
namespace {

using nlohmann::json;

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

std::string field_place(const char* name) { return "field \"" + std::string(name) + "\""; }
std::string row_place(const char* array, std::size_t i) {
  return "result." + std::string(array) + "[" + std::to_string(i) + "]";
}

// Stands for a field that is not there.
const json kAbsent;

const json& field_or_null(const json& object, const char* name) {
  if (!object.is_object()) return kAbsent;
  const auto found = object.find(name);
  return found == object.end() ? kAbsent : *found;
}

Result<const json*> array_field(const json& object, const char* name) {
  const json& value = field_or_null(object, name);
  if (value.is_array()) return &value;
  return unexpected("a list", value).within(field_place(name));
}

Result<std::string> text_field(const json& object, const char* name) {
  const json& value = field_or_null(object, name);
  if (value.is_string()) return value.get<std::string>();
  return unexpected("text", value).within(field_place(name));
}

Result<double> number_field(const json& object, const char* name) {
  const json& value = field_or_null(object, name);
  if (value.is_number() && std::isfinite(value.get<double>())) return value.get<double>();
  return unexpected("a number", value).within(field_place(name));
}

Result<int> integer_field(const json& object, const char* name) {
  const json& value = field_or_null(object, name);
  constexpr double kMost = std::numeric_limits<int>::max();
  if (value.is_number_integer() && std::abs(value.get<double>()) <= kMost) return value.get<int>();
  return unexpected("an integer", value).within(field_place(name));
}

// What the API answered, if it was an answer at all.
Result<json> result_of(const Answer& answer) {
  json envelope = json::parse(answer.text, nullptr, /*allow_exceptions=*/false);
  if (envelope.is_discarded()) return invalid("not JSON").within(answer.name);
  const json& status = field_or_null(envelope, "status");
  if (status == "OK" && envelope.contains("result")) return std::move(envelope["result"]);
  const json& comment = field_or_null(envelope, "comment");
  if (status == "FAILED" && comment.is_string()) {
    return invalid("Codeforces says: " + comment.get<std::string>()).within(answer.name);
  }
  return invalid("not an answer of the Codeforces API").within(answer.name);
}

Result<ContestProblem> problem_of(const json& row, ContestRules rules) {
  ContestProblem problem;
  Result<std::string> index = text_field(row, "index");
  if (!index) return index.error();
  problem.index = std::move(*index);
  if (rules == ContestRules::points) {
    const Result<double> points = number_field(row, "points");
    if (!points) return points.error();
    problem.points = *points;
  }
  if (row.contains("rating")) {
    const Result<int> rating = integer_field(row, "rating");
    if (!rating) return rating.error();
    problem.rating = *rating;
  }
  return problem;
}

Result<ContestRules> rules_of(const json& contest) {
  const Result<std::string> type = text_field(contest, "type");
  if (!type) return type.error();
  if (*type == "CF") return ContestRules::points;
  if (*type == "ICPC") return ContestRules::icpc;
  return invalid("a contest by rules that give no rating here, " + *type)
      .within(field_place("type"));
}

// What is known of the contest before anybody took part.
Result<Contest> heading_of(const json& result) {
  const json& heading = field_or_null(result, "contest");
  Contest contest;
  const Result<int> id = integer_field(heading, "id");
  if (!id) return id.error();
  contest.id = std::to_string(*id);
  Result<std::string> name = text_field(heading, "name");
  if (!name) return name.error();
  contest.name = std::move(*name);
  const Result<ContestRules> rules = rules_of(heading);
  if (!rules) return rules.error();
  contest.rules = *rules;
  const Result<std::string> phase = text_field(heading, "phase");
  if (!phase) return phase.error();
  if (*phase != "FINISHED") {
    return unexpected("FINISHED", *phase).within(field_place("phase"));
  }
  const json& start = field_or_null(heading, "startTimeSeconds");
  if (start.is_number_integer()) contest.start = start.get<std::int64_t>();
  return contest;
}

Result<void> add_problems(const json& result, Contest& contest) {
  const Result<const json*> problems = array_field(result, "problems");
  if (!problems) return problems.error().within("result");
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < (*problems)->size(); ++i) {
    Result<ContestProblem> problem = problem_of((**problems)[i], contest.rules);
    if (!problem) return problem.error().within(row_place("problems", i));
    if (!seen.insert(problem->index).second) {
      return invalid("the second problem " + problem->index).within(row_place("problems", i));
    }
    contest.problems.push_back(std::move(*problem));
  }
  if (contest.problems.empty()) return invalid("no problem").within("result.problems");
  return {};
}

using Ratings = std::unordered_map<std::string, int>;  // of handles, before the contest

Result<Ratings> ratings_before(const json& result, const std::string& contest_id) {
  if (!result.is_array()) return unexpected("a list", result).within("result");
  if (result.empty()) {
    return invalid("contest " + contest_id +
                   " changed nobody's rating; only rated ones can be used");
  }
  Ratings ratings;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::string place = "result[" + std::to_string(i) + "]";
    const Result<int> contest = integer_field(result[i], "contestId");
    if (!contest) return contest.error().within(place);
    if (std::to_string(*contest) != contest_id) {
      return unexpected(contest_id, *contest).within(field_place("contestId")).within(place);
    }
    const Result<std::string> handle = text_field(result[i], "handle");
    if (!handle) return handle.error().within(place);
    const Result<int> rating = integer_field(result[i], "oldRating");
    if (!rating) return rating.error().within(place);
    ratings.emplace(*handle, *rating);
  }
  return ratings;
}

// The handle of an official contestant who took part alone; nothing, with the reason counted, for
// others.
Result<std::optional<std::string>> contestant_of(const json& row, LeftOut& left_out) {
  const json& party = field_or_null(row, "party");
  const Result<std::string> type = text_field(party, "participantType");
  if (!type) return type.error().within(field_place("party"));
  const Result<const json*> members = array_field(party, "members");
  if (!members) return members.error().within(field_place("party"));
  if (*type != "CONTESTANT") {
    ++left_out.unofficial;
    return std::optional<std::string>();
  }
  if ((*members)->size() != 1 || party.contains("teamId")) {
    ++left_out.teams;
    return std::optional<std::string>();
  }
  Result<std::string> handle = text_field((**members)[0], "handle");
  if (!handle) return handle.error().within(field_place("members")).within(field_place("party"));
  return std::optional(std::move(*handle));
}

// Adds the row's contestant to the field, if the contest was rated for that one.
Result<void> add_contestant(const json& row, const Ratings& ratings,
                            std::unordered_set<std::string>& seen, JoinedContest& joined) {
  const Result<std::optional<std::string>> handle = contestant_of(row, joined.left_out);
  if (!handle) return handle.error();
  if (!*handle) return {};
  if (!seen.insert(**handle).second) return invalid(**handle + " is there twice");
  const auto rating = ratings.find(**handle);
  if (rating == ratings.end()) {
    ++joined.left_out.unrated;
    return {};
  }
  const Result<double> points = number_field(row, "points");
  if (!points) return points.error();
  const Result<double> penalty = number_field(row, "penalty");
  if (!penalty) return penalty.error();
  joined.contest.field.push_back({*points, *penalty, rating->second});
  return {};
}

// By score, and for the sake of one hash for one contest by rating where scores are equal.
bool better(const Contestant& a, const Contestant& b) {
  if (a.points != b.points) return a.points > b.points;
  if (a.penalty != b.penalty) return a.penalty < b.penalty;
  return a.rating > b.rating;
}

Result<void> add_field(const json& result, const Ratings& ratings, JoinedContest& joined) {
  const Result<const json*> rows = array_field(result, "rows");
  if (!rows) return rows.error().within("result");
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < (*rows)->size(); ++i) {
    const Result<void> added = add_contestant((**rows)[i], ratings, seen, joined);
    if (!added) return added.error().within(row_place("rows", i));
  }
  if (joined.contest.field.empty()) {
    return invalid("nobody of the standings has a rating change").within("result.rows");
  }
  std::sort(joined.contest.field.begin(), joined.contest.field.end(), better);
  return {};
}

}  // namespace

Result<JoinedContest> join_answers(const Answer& standings, const Answer& rating_changes) {
  const Result<json> table = result_of(standings);
  if (!table) return table.error();
  Result<Contest> contest = heading_of(*table);
  if (!contest) return contest.error().within("result.contest").within(standings.name);
  if (const Result<void> added = add_problems(*table, *contest); !added) {
    return added.error().within(standings.name);
  }
  const Result<json> changes = result_of(rating_changes);
  if (!changes) return changes.error();
  const Result<Ratings> ratings = ratings_before(*changes, contest->id);
  if (!ratings) return ratings.error().within(rating_changes.name);
  JoinedContest joined{.contest = std::move(*contest),
                       .source = standings.name + ", " + rating_changes.name};
  if (const Result<void> added = add_field(*table, *ratings, joined); !added) {
    return added.error().within(standings.name);
  }
  return joined;
}

}  // namespace proctor::tasks::contests
