// The files that users download, where the developers' checkout has them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/support/skip.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;

Dataset parse_real(std::string_view task, const fs::path& file) {
  const Result<Dataset> set = parse_dataset(support::task(task), std::span(&file, 1), "");
  const std::string message = set ? "" : set.error().message();
  CAPTURE(message);
  REQUIRE(set);
  return *set;
}

std::vector<std::string> sorted_golds(const Dataset& set) {
  std::vector<std::string> golds;
  for (const Question& question : set.questions) golds.push_back(question.gold);
  std::sort(golds.begin(), golds.end());
  return golds;
}

}  // namespace

TEST_CASE("every copy of AIME imports, and copies of one year agree on the answers") {
  const fs::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real AIME files: shared/data is missing");
  struct Row {
    const char* task;
    const char* file;
    const char* schema;
    const char* first_id;
    const char* hash;  // stated in tasks/aime/README.md
  };
  constexpr Row kRows[] = {
      {"aime24", "aime_2024.h4.jsonl", "HuggingFaceH4/aime_2024", "60", "370c94c3241b"},
      {"aime24", "aime_2024.maxwell_jia.jsonl", "Maxwell-Jia/AIME_2024", "2024-I-1",
       "7f3057901471"},
      {"aime25", "aime_2025.math_ai.jsonl", "math-ai/aime25", "0", "da0cbfdbf921"},
      {"aime25", "aime_2025.yentinglin.jsonl", "yentinglin/aime_2025", "0", "ceffe191135e"},
      {"aime25", "aime_2025.opencompass.jsonl", "opencompass/AIME2025", "0", "8f670ef3f641"},
  };
  std::map<std::string, std::vector<std::string>> golds_of_year;
  for (const Row& row : kRows) {
    CAPTURE(row.file);
    const Dataset set = parse_real(row.task, data / "aime" / row.file);
    CHECK(set.questions.size() == 30);
    CHECK(set.schema == row.schema);
    CHECK(set.source == row.file);
    CHECK(set.questions.front().id == row.first_id);
    CHECK(set.hash.substr(0, 12) == row.hash);
    const auto [golds, first] = golds_of_year.emplace(row.task, sorted_golds(set));
    if (!first) CHECK(sorted_golds(set) == golds->second);
  }
  CHECK(golds_of_year["aime24"] != golds_of_year["aime25"]);
}

TEST_CASE("a copy of one AIME year is not taken for the other") {
  const fs::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real AIME files: shared/data is missing");
  struct Row {
    const char* task;
    const char* file;
  };
  constexpr Row kRows[] = {{"aime24", "aime_2025.yentinglin.jsonl"},
                           {"aime24", "aime_2025.math_ai.jsonl"},
                           {"aime24", "aime_2025.opencompass.jsonl"},
                           {"aime25", "aime_2024.h4.jsonl"},
                           {"aime25", "aime_2024.maxwell_jia.jsonl"}};
  for (const Row& row : kRows) {
    CAPTURE(row.file);
    const fs::path file = data / "aime" / row.file;
    const Result<Dataset> set = parse_dataset(support::task(row.task), std::span(&file, 1), "");
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("MATH-500 imports with its answers untouched and its subjects counted") {
  const fs::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real MATH-500 file: shared/data is missing");
  const Dataset set = parse_real("math500", data / "math500/test.jsonl");
  CHECK(set.questions.size() == 500);
  CHECK(set.hash.substr(0, 12) == "1f67092dbef5");
  CHECK(set.questions.front().id == "test/precalculus/807.json");
  CHECK(set.questions.front().gold == "\\left( 3, \\frac{\\pi}{2} \\right)");
  std::map<std::string, int> counts;
  for (const Question& question : set.questions) {
    for (const auto& [name, value] : question.attributes) ++counts[name + " " + value];
  }
  const std::map<std::string, int> expected = {
      {"level 1", 43},
      {"level 2", 90},
      {"level 3", 105},
      {"level 4", 128},
      {"level 5", 134},
      {"subject Algebra", 124},
      {"subject Counting & Probability", 38},
      {"subject Geometry", 41},
      {"subject Intermediate Algebra", 97},
      {"subject Number Theory", 62},
      {"subject Prealgebra", 82},
      {"subject Precalculus", 56},
  };
  CHECK(counts == expected);
}

TEST_CASE("real sets survive being stored and loaded") {
  const fs::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real files: shared/data is missing");
  const support::TempDir dir;
  for (const auto& [task, file] : {std::pair("aime24", "aime/aime_2024.h4.jsonl"),
                                   std::pair("aime25", "aime/aime_2025.yentinglin.jsonl"),
                                   std::pair("math500", "math500/test.jsonl")}) {
    CAPTURE(task);
    const Dataset set = parse_real(task, data / file);
    REQUIRE(save_dataset(dir.path(), set));
    const Result<Dataset> loaded = load_dataset(dir.path(), support::task(task));
    REQUIRE(loaded);
    CHECK(loaded->hash == set.hash);
    CHECK(loaded->questions == set.questions);
  }
}

TEST_CASE("a real Parquet copy is refused with the way to convert it") {
  const fs::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real Parquet file: shared/data is missing");
  const fs::path file = data / "aime/aime_2024.h4.parquet";
  const Result<Dataset> set = parse_dataset(support::task("aime24"), std::span(&file, 1), "");
  REQUIRE(!set);
  CHECK(set.error().message().find(
            "aime_2024.h4.parquet: a Parquet file; convert it to JSON Lines first") !=
        std::string::npos);
}

}  // namespace proctor::tasks
