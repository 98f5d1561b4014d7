// Real samples, eight of each of fifty problems, where a developer has them: every verdict, and the
// figures that follow.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "graders/grader.h"
#include "graders/metrics.h"
#include "tests/graders/math/labelled_cases.h"
#include "tests/support/child.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders {
namespace {

using nlohmann::json;

std::vector<json> problems_in(const std::filesystem::path& file) {
  const Result<support::ChildEnd> unpacked = support::run_child({"gzip", "-dc", file.string()});
  REQUIRE(unpacked);
  std::vector<json> problems;
  std::istringstream in(unpacked->out);
  for (std::string line; std::getline(in, line);) problems.push_back(json::parse(line));
  return problems;
}

TEST_CASE("real samples have their labelled verdicts and the published figures follow") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the developers' data: ../shared/data is missing");
  const std::unique_ptr<Grader> grader = *make_grader("math", {});
  const auto problems = problems_in(data / "math_grading" / "math_cot_100_samples.jsonl.gz");
  REQUIRE(problems.size() == 50);
  double accuracy = 0;
  double pass_at_8 = 0;
  double first_seen = 0;
  double fractional = 0;
  for (const json& problem : problems) {
    std::vector<Score> scores;
    int correct = 0;
    for (std::size_t i = 0; i < problem["samples"].size(); ++i) {
      scores.push_back(graded(*grader, problem["gold"], problem["samples"][i]));
      const bool right = scores.back().verdict == Verdict::correct;
      CAPTURE(problem["idx"]);
      CAPTURE(i);
      CHECK(right == problem["expected"][i].get<bool>());
      correct += right ? 1 : 0;
    }
    std::vector<Vote> votes;
    for (const Score& score : scores) {
      votes.push_back({score.canonical, score.verdict == Verdict::correct});
    }
    const Ballot ballot = count_votes(votes, [&](std::span<const std::string_view> canonicals) {
      return grader->same_answers(canonicals);
    });
    const int samples = static_cast<int>(scores.size());
    accuracy += static_cast<double>(correct) / samples;
    pass_at_8 += pass_at_k(samples, correct, samples);
    first_seen += consensus(ballot, TieRule::first);
    fractional += consensus(ballot, TieRule::fractional);
  }
  const double count = static_cast<double>(problems.size());
  CHECK(accuracy / count == doctest::Approx(0.9075));
  CHECK(pass_at_8 / count == doctest::Approx(0.96));
  CHECK(first_seen / count == doctest::Approx(0.92));  // the tie rule of the published figure
  MESSAGE("maj@8 with fractional ties: " << 100 * fractional / count << " %");
}

}  // namespace
}  // namespace proctor::graders
