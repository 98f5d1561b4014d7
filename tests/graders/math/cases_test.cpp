// The grader of mathematics on labelled cases: our own, in cases.jsonl beside this file, where each
// line names the rule it is about; and the developers' corpus, by the gates it is held to.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "graders/grader.h"
#include "tests/graders/math/labelled_cases.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders {
namespace {

using nlohmann::json;

struct Agreement {
  int cases = 0;
  int agreed = 0;
  double percent() const { return cases == 0 ? 100 : 100.0 * agreed / cases; }
};

bool has_tag(const json& row, std::string_view prefix) {
  if (!row.contains("tags")) return false;
  return std::any_of(row["tags"].begin(), row["tags"].end(), [&](const json& tag) {
    return tag.get_ref<const std::string&>().starts_with(prefix);
  });
}

TEST_CASE("every case of our own is judged as it is labelled") {
  const std::vector<json> rows =
      labelled_cases(PROCTOR_SOURCE_DIR "/tests/graders/math/cases.jsonl");
  CHECK(rows.size() >= 300);
  const std::unique_ptr<Grader> grader = *make_grader("math", {});
  std::map<std::string, std::pair<int, int>> directions;  // of each rule: right and wrong ones
  for (const json& row : rows) {
    CAPTURE(row["rule"]);
    CAPTURE(row["gold"]);
    CAPTURE(row["response"]);
    const Score score = graded(*grader, row);
    CAPTURE(score.explanation);
    CHECK((score.verdict == Verdict::correct) == row["expected"].get<bool>());
    auto& [right, wrong] = directions[row["rule"]];
    ++(row["expected"].get<bool>() ? right : wrong);
  }
  const auto both = std::count_if(directions.begin(), directions.end(), [](const auto& rule) {
    return rule.second.first > 0 && rule.second.second > 0;
  });
  CHECK(both >= 75);
}

TEST_CASE("the corpus is judged as it is labelled up to its gates") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the developers' data: ../shared/data is missing");
  const std::unique_ptr<Grader> grader = *make_grader("math", {});
  Agreement real;
  Agreement upstream;
  Agreement devised;
  int false_positives = 0;
  for (const json& row : labelled_cases(data / "math_grading" / "cases.jsonl")) {
    const Score score = graded(*grader, row);
    const bool expected = row["expected"];
    const bool agrees = (score.verdict == Verdict::correct) == expected;
    false_positives += !agrees && !expected ? 1 : 0;
    const std::string source = row["source"];
    const bool is_real = source == "qwen_math_cot_100" || source == "math500_solutions";
    if (!is_real && source != "own" && has_tag(row, "disputed")) continue;
    if (source == "own" && (has_tag(row, "policy:") || has_tag(row, "stretch"))) continue;
    Agreement& group = is_real ? real : source == "own" ? devised : upstream;
    ++group.cases;
    group.agreed += agrees ? 1 : 0;
    if (!agrees) {
      MESSAGE(row["id"].get<std::string>()
              << ": " << name_of(score.verdict) << ", " << score.explanation);
    }
  }
  CHECK(real.cases + upstream.cases + devised.cases > 1'100);
  CHECK(real.percent() >= 99.5);
  CHECK(upstream.percent() >= 98);
  CHECK(devised.percent() >= 95);
  CHECK(false_positives <= 2);
}

}  // namespace
}  // namespace proctor::graders
