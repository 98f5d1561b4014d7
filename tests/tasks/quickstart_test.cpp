#include <doctest/doctest.h>

#include <set>

#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {

TEST_CASE("the quickstart sets come with the program and need no folder") {
  struct Row {
    const char* task;
    const char* schema;
    // A change of a question is a change of the benchmark: old runs no longer compare.
    const char* hash;
  };
  constexpr Row kRows[] = {
      {"quickstart-aime", "HuggingFaceH4/aime_2024",
       "aff284667a3f848d78e746aa7378b26c20c7586b3055dc88c222d5ae0727977a"},
      {"quickstart-math", "HuggingFaceH4/MATH-500",
       "4bf5d56b35bcb210fdc1a41c7d76a4cc578429cc5d9172a78bf941afe8491a0f"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.task);
    const Result<Dataset> set = load_dataset("/no/such/folder", support::task(row.task));
    REQUIRE(set);
    CHECK(set->task == row.task);
    CHECK(set->schema == row.schema);
    CHECK(set->source == "part of proctor: tasks/quickstart");
    CHECK(set->questions.size() == 10);
    CHECK(set->hash == row.hash);
  }
}

TEST_CASE("quickstart questions carry normal answers and their attributes") {
  const Result<Dataset> aime = load_dataset("", support::task("quickstart-aime"));
  REQUIRE(aime);
  std::vector<std::string> golds;
  for (const Question& question : aime->questions) {
    golds.push_back(question.gold);
    CHECK(question.attributes.empty());
  }
  CHECK(golds ==
        std::vector<std::string>{"122", "13", "5", "42", "283", "465", "96", "31", "117", "0"});

  const Result<Dataset> math = load_dataset("", support::task("quickstart-math"));
  REQUIRE(math);
  CHECK(math->questions.front() ==
        Question{.id = "quickstart/prealgebra/1.json",
                 .text = "Compute $\\frac{1}{2} + \\frac{1}{4}$.",
                 .gold = "\\frac{3}{4}",
                 .attributes = {{"level", "1"}, {"subject", "Prealgebra"}}});
  std::set<std::string> subjects;
  for (const Question& question : math->questions) {
    REQUIRE(question.attributes.size() == 2);
    subjects.insert(question.attributes.back().second);
  }
  CHECK(subjects.size() == 4);
}

}  // namespace proctor::tasks
