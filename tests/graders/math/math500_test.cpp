// The grader of mathematics over the answers of MATH-500, where a developer has them.
#include <doctest/doctest.h>

#include <string>

#include "graders/grader.h"
#include "tests/graders/math/labelled_cases.h"
#include "tests/graders/math/respelling.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders {
namespace {

std::string boxed(const std::string& answer) { return "So it is $\\boxed{" + answer + "}$."; }

TEST_CASE("respellings of an answer are six at least and perturbations differ in text") {
  for (const char* answer : {"5", "\\frac{3}{8}", "x+1", "\\text{even}", "(1,2)", "1,-2"}) {
    CAPTURE(answer);
    CHECK(respellings(answer).size() >= 6);
    CHECK(perturbed(answer) != answer);
    const std::unique_ptr<Grader> grader = *make_grader("math", {});
    for (const Respelling& respelling : respellings(answer)) {
      CAPTURE(respelling.rule);
      CAPTURE(respelling.text);
      CHECK(graded(*grader, answer, boxed(respelling.text)).verdict == Verdict::correct);
    }
    CHECK(graded(*grader, answer, boxed(perturbed(answer))).verdict == Verdict::wrong);
  }
}

TEST_CASE("every answer of MATH-500 equals itself and its respellings and no other answer") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the developers' data: ../shared/data is missing");
  const std::unique_ptr<Grader> grader = *make_grader("math", {});
  const auto rows = labelled_cases(data / "math500" / "test.jsonl");
  CHECK(rows.size() == 500);
  for (const nlohmann::json& row : rows) {
    const std::string gold = row["answer"];
    CAPTURE(gold);
    CHECK(graded(*grader, gold, boxed(gold)).verdict == Verdict::correct);
    CHECK(graded(*grader, gold, row["solution"].get<std::string>()).verdict == Verdict::correct);
    const std::vector<Respelling> others = respellings(gold);
    CHECK(others.size() >= 6);
    for (const Respelling& other : others) {
      CAPTURE(other.rule);
      CAPTURE(other.text);
      const Score score = graded(*grader, gold, boxed(other.text));
      CAPTURE(score.explanation);
      CHECK(score.verdict == Verdict::correct);
    }
    CAPTURE(perturbed(gold));
    CHECK(graded(*grader, gold, boxed(perturbed(gold))).verdict == Verdict::wrong);
  }
}

}  // namespace
}  // namespace proctor::graders
