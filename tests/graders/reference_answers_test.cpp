// The graders on the benchmarks' own reference answers, where a developer has them.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graders/grader.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders {
namespace {

std::vector<nlohmann::json> rows_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

Verdict verdict(const Grader& grader, const std::string& gold, const std::string& text) {
  Generation reply;
  reply.text = text;
  const Result<Score> score =
      grader.grade({.id = gold, .text = "", .gold = gold, .attributes = {}}, reply);
  return score ? score->verdict : Verdict::undecided;
}

TEST_CASE("every AIME answer equals itself and not its successor") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the developers' data: ../shared/data is missing");
  const std::unique_ptr<Grader> grader = *make_grader("integer", {});
  struct File {
    const char *name, *answer;
  };
  constexpr File kFiles[] = {{"aime_2024.h4.jsonl", "answer"},
                             {"aime_2024.maxwell_jia.jsonl", "Answer"},
                             {"aime_2025.math_ai.jsonl", "answer"},
                             {"aime_2025.opencompass.jsonl", "answer"},
                             {"aime_2025.yentinglin.jsonl", "answer"}};
  for (const File& file : kFiles) {
    CAPTURE(file.name);
    const std::vector<nlohmann::json> rows = rows_of(data / "aime" / file.name);
    CHECK_FALSE(rows.empty());
    for (const nlohmann::json& row : rows) {
      const nlohmann::json& answer = row[file.answer];
      const std::string gold = answer.is_string() ? answer.get<std::string>() : answer.dump();
      CAPTURE(gold);
      CHECK(verdict(*grader, gold, "\\boxed{" + gold + "}") == Verdict::correct);
      const int value = std::atoi(gold.c_str());
      CHECK(verdict(*grader, gold, "\\boxed{" + std::to_string(value) + "}") == Verdict::correct);
      CHECK(verdict(*grader, gold, "\\boxed{" + std::to_string(value + 1) + "}") == Verdict::wrong);
    }
  }
}

}  // namespace
}  // namespace proctor::graders
