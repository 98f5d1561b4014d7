#include "tests/graders/math/labelled_cases.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

namespace proctor::graders {

std::vector<nlohmann::json> labelled_cases(const std::filesystem::path& file) {
  std::vector<nlohmann::json> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

Score graded(const Grader& grader, const nlohmann::json& row) {
  return graded(grader, row["gold"].get<std::string>(), row["response"].get<std::string>());
}

Score graded(const Grader& grader, const std::string& gold, const std::string& response) {
  Generation reply;
  reply.text = response;
  if (response.empty()) reply.finish = FinishReason::empty;
  const Result<Score> score =
      grader.grade({.id = gold, .text = "", .gold = gold, .attributes = {}}, reply);
  REQUIRE(score);
  return *score;
}

}  // namespace proctor::graders
