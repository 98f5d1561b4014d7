#include "reports/paired.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "reports/hypothesis.h"
#include "reports/permutation.h"
#include "reports/power.h"
#include "tests/reports/score_rows.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::reports {
namespace {

const auto kBase = scores_of({"1101", "0000", "1010", "1111", "0100"});
const auto kNext = scores_of({"1111", "0010", "1110", "1111", "0000"});

TEST_CASE("the worked pair has its difference and all its errors") {
  const PairedDifference paired = paired_difference(kBase, kNext);
  CHECK(paired.questions == 5);
  CHECK(paired.base_samples == doctest::Approx(4));
  CHECK(paired.difference == doctest::Approx(0.1));
  CHECK(paired.paired_error == doctest::Approx(0.1));
  CHECK(paired.unpaired_error == doctest::Approx(0.269).epsilon(1e-3));
  CHECK(paired.conditional_error == doctest::Approx(0.1155).epsilon(1e-3));
  CHECK(paired.change_variance == doctest::Approx(-0.0167).epsilon(3e-3));
  CHECK(paired.base_noise == doctest::Approx(0.5 / 3));
  CHECK(paired.next_noise == doctest::Approx(0.1));
  // paired^2 = base^2 + next^2 - 2 * covariance
  const double base = super_population_error(kBase);
  const double next = super_population_error(kNext);
  CHECK(paired.unpaired_error == doctest::Approx(std::hypot(base, next)));
  CHECK(std::pow(paired.paired_error, 2) ==
        doctest::Approx(base * base + next * next - 2 * paired.correlation * base * next));
}

TEST_CASE("turning the runs round turns the sign and nothing else") {
  const PairedDifference there = paired_difference(kBase, kNext);
  const PairedDifference back = paired_difference(kNext, kBase);
  CHECK(back.difference == doctest::Approx(-there.difference));
  CHECK(back.paired_error == doctest::Approx(there.paired_error));
  CHECK(back.conditional_error == doctest::Approx(there.conditional_error));
  CHECK(back.pooled_error == doctest::Approx(there.pooled_error));
}

TEST_CASE("only questions with a score in both runs count") {
  const auto base = scores_of({"11", "..", "01", "00"});
  const auto next = scores_of({"11", "11", "..", "11"});
  const PairedDifference paired = paired_difference(base, next);
  CHECK(paired.questions == 2);
  CHECK(paired.base == doctest::Approx(0.5));
  CHECK(paired.difference == doctest::Approx(0.5));
  const PairedDifference none = paired_difference(scores_of({"."}), scores_of({"1"}));
  CHECK(none.questions == 0);
  CHECK(std::isnan(none.difference));
  CHECK(std::isnan(none.conditional_error));
}

TEST_CASE("a sample a question leaves the noise to both runs together") {
  const PairedDifference paired =
      paired_difference(scores_of({"1", "0", "1", "1"}), scores_of({"1", "1", "0", "0"}));
  CHECK(std::isnan(paired.conditional_error));
  CHECK(paired.pooled_error == doctest::Approx(std::sqrt(3.0) / 4));  // three discordant of four
  CHECK(paired.base_noise == doctest::Approx(0.375));
}

TEST_CASE("lengths have a difference like scores") {
  const double kShort[] = {100, 120};
  const double kLong[] = {200, 240};
  const QuestionScores base[] = {question_scores(kShort, 2)};
  const QuestionScores next[] = {question_scores(kLong, 2)};
  const PairedDifference paired = paired_difference(base, next);
  CHECK(paired.difference == doctest::Approx(110));
  CHECK(paired.conditional_error == doctest::Approx(std::sqrt(200.0 / 2 + 800.0 / 2)));
}

// One sample of each problem in upstream's result file, by problem.
std::map<std::string, bool> published(const std::string& model, std::string_view from,
                                      std::string_view to) {
  const auto file =
      support::shared_data() / "livecodebench/real/eval_outputs" / (model + ".eval_all.json");
  std::ifstream stream(file);
  const nlohmann::json rows = nlohmann::json::parse(stream, nullptr, false);
  REQUIRE(rows.is_array());
  std::map<std::string, bool> graded;
  for (const nlohmann::json& row : rows) {
    const std::string date = row.at("contest_date");
    if (date.substr(0, 10) < from || date.substr(0, 10) > to) continue;
    graded[row.at("question_id")] = row.at("graded_list").at(0);
  }
  return graded;
}

TEST_CASE("pairing o1-mini with o1-preview gives the published figures") {
  if (support::shared_data().empty()) SKIP("needs the published submissions of LiveCodeBench");
  struct Row {
    const char *from, *to;
    int problems;
    double mini, preview, unpaired, paired;
  };
  constexpr Row kRows[] = {
      {"2024-08-01", "2025-01-31", 279, 51.97, 42.65, 4.22, 2.53},
      {"2023-01-01", "2026-01-01", 880, 68.41, 55.57, 2.30, 1.55},
  };
  for (const Row& row : kRows) {
    const auto preview = published("O1-Preview-2024-09-12_n1", row.from, row.to);
    const auto mini = published("O1-Mini-2024-09-12_n1", row.from, row.to);
    std::vector<QuestionScores> base;
    std::vector<QuestionScores> next;
    int lost = 0;
    int won = 0;
    for (const auto& [id, right] : preview) {
      const bool now = mini.at(id);
      base.push_back(question_scores(right ? 1 : 0, 1, 1));
      next.push_back(question_scores(now ? 1 : 0, 1, 1));
      lost += right && !now ? 1 : 0;
      won += !right && now ? 1 : 0;
    }
    const PairedDifference paired = paired_difference(base, next);
    CHECK(paired.questions == row.problems);
    CHECK(100 * paired.next == doctest::Approx(row.mini).epsilon(1e-4));
    CHECK(100 * paired.unpaired_error == doctest::Approx(row.unpaired).epsilon(2e-3));
    CHECK(100 * paired.paired_error == doctest::Approx(row.paired).epsilon(2e-3));
    CHECK(100 * paired.base == doctest::Approx(row.preview).epsilon(1e-4));
    if (row.problems != 279) continue;
    CHECK(paired.correlation == doctest::Approx(0.64).epsilon(5e-3));
    CHECK(won == 39);
    CHECK(lost == 13);
    // With a sample of each question, dealing out the labels anew is McNemar's test.
    const LabelPermutation labels = permute_labels(base, next);
    CHECK(labels.draws.method == Draws::Method::exact);
    CHECK(2 * labels.rise == doctest::Approx(mcnemar_exact(won, lost)));
  }
}

}  // namespace
}  // namespace proctor::reports
