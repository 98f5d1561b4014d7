// Upstream's rows and result files, where the developers' checkout has them.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/skip.h"
#include "tests/tasks/livecodebench/rows.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using support::task;
using support::TempDir;

fs::path upstream() { return support::shared_data() / "livecodebench"; }

Dataset import(const fs::path& file, const TempDir& dir) {
  const Result<Dataset> set = parse_dataset(task("livecodebench"), std::span(&file, 1), dir.path());
  CHECK((set ? "" : set.error().message()) == "");
  REQUIRE(set);
  return *set;
}

// The 880 questions of release_v5 as an import of its files would leave them, but for their tests:
// in the order of the result file, which is by id.
Dataset release_v5() {
  std::ifstream in(upstream() / "real/eval_outputs/O1-Mini-2024-09-12_n1.eval_all.json");
  const json rows = json::parse(in);
  Dataset set{.task = "livecodebench", .hash = "", .schema = "", .source = "", .questions = {}};
  for (const json& row : rows) {
    set.questions.push_back(support::question_of({.id = row["question_id"],
                                                  .title = row["question_title"],
                                                  .text = row["question_content"],
                                                  .platform = row["platform"],
                                                  .contest = row["contest_id"],
                                                  .date = row["contest_date"],
                                                  .starter = row["starter_code"],
                                                  .difficulty = row["difficulty"]}));
  }
  set.release = "release_v5";
  return set;
}

std::map<std::string, std::size_t> counts(const Dataset& set, std::string_view attribute) {
  std::map<std::string, std::size_t> found;
  for (const Question& question : set.questions) {
    for (const auto& [name, value] : question.attributes) {
      if (name == attribute) ++found[value];
    }
  }
  return found;
}

using Counts = std::map<std::string, std::size_t>;

}  // namespace

TEST_CASE("every row at hand imports with as many tests as it has") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's rows: shared/data is missing");
  struct Row {
    const char* file;
    const char* id;
    std::size_t tests;
    const char* function;  // "": stdin
  };
  constexpr Row kRows[] = {
      {"real/rows_3.jsonl", "1873_A", 5, ""},
      {"real/rows_3.jsonl", "2727", 14, "countSeniors"},
      {"real/rows_3.jsonl", "abc301_a", 15, ""},
      {"synthetic/test.jsonl", "syn101_a", 0, ""},
      {"synthetic/test.jsonl", "900101", 0, "mirrorWords"},
      {"synthetic/test.jsonl", "900420", 0, "countPalindromicCuts"},
      {"synthetic/test.jsonl", "9001_D", 0, ""},
  };
  const TempDir dir;
  std::map<std::string, Dataset> sets;
  for (const char* file : {"real/rows_3.jsonl", "synthetic/test.jsonl"}) {
    sets.emplace(file, import(upstream() / file, dir));
  }
  CHECK(sets.at("real/rows_3.jsonl").questions.size() == 3);
  CHECK(sets.at("synthetic/test.jsonl").questions.size() == 12);
  for (const auto& [file, set] : sets) {
    for (const Question& question : set.questions) {
      CAPTURE(question.id);
      const Result<std::string> text = load_tests(dir.path(), task("livecodebench"), question);
      REQUIRE(text);
      const json tests = json::parse(*text);
      CHECK(tests.dump() == *text);  // canonical: keys sorted, no spaces
      // The README states 11 to 15 for each of the synthetic ones.
      if (file == "synthetic/test.jsonl") {
        CHECK(tests["tests"].size() >= 11);
        CHECK(tests["tests"].size() <= 15);
      }
      for (const Row& row : kRows) {
        if (row.id != question.id) continue;
        CHECK(file == row.file);
        if (row.tests != 0) CHECK(tests["tests"].size() == row.tests);
        CHECK(tests.value("function", "") == row.function);
      }
    }
  }
}

TEST_CASE("release_v5 is made up as upstream states") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's results: shared/data is missing");
  const Dataset set = release_v5();
  CHECK(set.questions.size() == 880);
  CHECK(counts(set, "platform") == Counts{{"atcoder", 490}, {"codeforces", 9}, {"leetcode", 381}});
  CHECK(counts(set, "difficulty") == Counts{{"easy", 279}, {"hard", 270}, {"medium", 331}});
  for (const Question& question : set.questions) {
    for (const auto& [name, value] : question.attributes) {
      if (name == "contest_date") CHECK(value.size() == 19);
    }
  }
}

TEST_CASE("the window of the DeepSeek-R1 report has 279 problems") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's results: shared/data is missing");
  for (const char* window : {"2024-08..2025-01", "2024-08-01..2025-01-31"}) {
    CAPTURE(window);
    Dataset set = release_v5();
    const Result<void> selected =
        select_questions(task("livecodebench"), {.release = "release_v5", .window = window}, set);
    REQUIRE(selected);
    CHECK(set.questions.size() == 279);
    CHECK(set.selection == "release_v5, 2024-08-01..2025-01-31");
    CHECK(counts(set, "difficulty") == Counts{{"easy", 67}, {"hard", 123}, {"medium", 89}});
    CHECK(counts(set, "platform") == Counts{{"atcoder", 175}, {"leetcode", 104}});
  }
}

TEST_CASE("windows of the result files count as upstream counts them") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's results: shared/data is missing");
  struct Row {
    const char* window;
    std::size_t problems;
  };
  // The last two from expected_aggregates.json, whose windows end as their last day begins.
  constexpr Row kRows[] = {
      {"..2024-03", 439},
      {"..2024-05", 512},
      {"..2024-07", 601},
      {"..2024-09", 714},
      {"2024-08..2024-08", 66},
      {"2025-01..2025-01", 7},
      {"2025-01-04..2025-01-04", 7},
      {"2023-05-01..2023-12-31", 326},
      {"2024-10-05..2025-01-03", 159},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.window);
    Dataset set = release_v5();
    const Result<void> selected =
        select_questions(task("livecodebench"), {.window = row.window}, set);
    CHECK((selected ? "" : selected.error().message()) == "");
    CHECK(set.questions.size() == row.problems);
  }
}

TEST_CASE("every month of release_v5 has the number of problems that is checked") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's results: shared/data is missing");
  const Dataset whole = release_v5();
  std::size_t problems = 0;
  for (int year = 2023; year <= 2025; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const std::string name =
          std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month);
      CAPTURE(name);
      Dataset set = whole;
      const Result<void> selected =
          select_questions(task("livecodebench"), {.window = name + ".." + name}, set);
      if (selected) problems += set.questions.size();
      const bool covered = name >= "2023-05" && name <= "2025-01";
      CHECK(static_cast<bool>(selected) == covered);
      // One less is noticed.
      if (!covered) continue;
      Dataset short_of_one = whole;
      std::erase(short_of_one.questions, set.questions.front());
      CHECK(!select_questions(task("livecodebench"), {.window = name + ".." + name}, short_of_one));
    }
  }
  CHECK(problems == 880);
}

TEST_CASE("all known bad problems are among those of release_v5") {
  if (support::shared_data().empty()) SKIP("needs LiveCodeBench's results: shared/data is missing");
  Dataset set = release_v5();
  REQUIRE(select_questions(task("livecodebench"), {.exclude_known_bad = true}, set));
  CHECK(set.questions.size() == 880 - 17);
  CHECK(set.selection == "release_v5, without 17 known to be bad");
}

}  // namespace proctor::tasks
