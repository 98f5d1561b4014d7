#include "harness/rating/input.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "harness/files/input_file.h"
#include "harness/files/json_object.h"
#include "harness/files/output_file.h"
#include "tasks/contests/contests.h"

namespace proctor::harness::rating {
namespace {

using nlohmann::json;

Result<std::string> read_input(const std::string& file) {
  const Result<InputFile> stream = open_input(file);
  if (!stream) return stream.error();
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, stream->get())) {
    text.append(buffer, got);
  }
  if (std::ferror(stream->get()) != 0) return file_error(input_name(file), "cannot read");
  return text;
}

// The id as the site has it, a number, or as text.
Result<std::string> contest_field(const json& object) {
  constexpr const char* kField = "contest_id";
  const auto found = object.find(kField);
  if (found != object.end() && found->is_number_integer()) return found->dump();
  Result<std::string> id = text_field(object, kField);
  if (!id || tasks::contests::is_contest_id(*id)) return id;
  return field_error(kField, "expected a contest's number or name, found " + found->dump());
}

Result<std::vector<bool>> attempts_field(const json& object) {
  constexpr const char* kField = "attempts";
  const auto found = object.find(kField);
  if (found == object.end()) return field_error(kField, "missing");
  if (!found->is_array()) {
    return field_error(kField, fmt::format("expected a list, found {}", found->type_name()));
  }
  std::vector<bool> attempts;
  for (const json& accepted : *found) {
    if (!accepted.is_boolean()) {
      return field_error(kField, fmt::format("[{}]: expected true or false, found {}",
                                             attempts.size(), accepted.type_name()));
    }
    attempts.push_back(accepted.get<bool>());
  }
  return attempts;
}

Result<ProblemAttempts> parse_line(const std::string& line) {
  const Result<json> object = parse_object(line);
  if (!object) return object.error();
  ProblemAttempts problem;
  Result<std::string> contest = contest_field(*object);
  if (!contest) return contest.error();
  problem.contest = std::move(*contest);
  Result<std::string> index = text_field(*object, "index");
  if (!index) return index.error();
  problem.index = std::move(*index);
  Result<std::vector<bool>> attempts = attempts_field(*object);
  if (!attempts) return attempts.error();
  problem.attempts = std::move(*attempts);
  return problem;
}

}  // namespace

Result<std::vector<ProblemAttempts>> load_attempts(const std::string& file) {
  const Result<std::string> text = read_input(file);
  if (!text) return text.error();
  std::vector<ProblemAttempts> problems;
  std::set<std::pair<std::string, std::string>> seen;
  std::istringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string place = fmt::format("{}:{}", input_name(file), ++number);
    if (is_blank(line)) continue;
    Result<ProblemAttempts> problem = parse_line(line);
    if (!problem) return problem.error().within(place);
    if (!seen.emplace(problem->contest, problem->index).second) {
      return field_error("index", fmt::format("problem {} of contest {} for the second time",
                                              problem->index, problem->contest))
          .within(place);
    }
    problem->place = place;
    problems.push_back(std::move(*problem));
  }
  if (problems.empty()) {
    return Error(ErrorCode::invalid_input, input_name(file) + ": no outcome of any problem");
  }
  return problems;
}

Result<std::vector<int>> load_user_ratings(const std::string& file) {
  const Result<std::string> text = read_input(file);
  if (!text) return text.error();
  const json list = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array() || list.empty()) {
    return Error(ErrorCode::invalid_input, file + ": expected a JSON list of ratings");
  }
  std::vector<int> ratings;
  for (const json& rating : list) {
    constexpr int kMost = std::numeric_limits<int>::max();
    if (!rating.is_number_integer() || rating.get<double>() > kMost ||
        rating.get<double>() < -kMost) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("{}: [{}]: expected an integer", file, ratings.size()));
    }
    ratings.push_back(rating.get<int>());
  }
  std::sort(ratings.begin(), ratings.end());
  return ratings;
}

}  // namespace proctor::harness::rating
