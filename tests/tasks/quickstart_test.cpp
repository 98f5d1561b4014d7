#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/sha256.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {

TEST_CASE("the quickstart sets come with the program and need no folder") {
  struct Row {
    const char* task;
    const char* schema;
    std::size_t questions;
    // A change of a question is a change of the benchmark: old runs no longer compare.
    const char* hash;
  };
  constexpr Row kRows[] = {
      {"quickstart-aime", "HuggingFaceH4/aime_2024", 10,
       "aff284667a3f848d78e746aa7378b26c20c7586b3055dc88c222d5ae0727977a"},
      {"quickstart-math", "HuggingFaceH4/MATH-500", 10,
       "4bf5d56b35bcb210fdc1a41c7d76a4cc578429cc5d9172a78bf941afe8491a0f"},
      {"quickstart-code", "livecodebench/code_generation_lite", 24,
       "6f889cc8ce947d3d045d79aeee876a48640d20390e565b6a3a442d39e777468f"},
      {"quickstart-choice", "Idavidrein/gpqa", 12,
       "0074b19cf523603bd27f4bd95a15f1d3c82251eb648c33174eb023d62aec27e1"},
      {"quickstart-contest", "open-r1/codeforces", 4,
       "915afffb9bea376152ea5bfb68d74a999251c13dccf00b13865d2de5790d4262"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.task);
    const Result<Dataset> set = load_dataset("/no/such/folder", support::task(row.task));
    REQUIRE(set);
    CHECK(set->task == row.task);
    CHECK(set->schema == row.schema);
    CHECK(set->source == "part of proctor: tasks/quickstart");
    CHECK(set->questions.size() == row.questions);
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

TEST_CASE("quickstart choices have four options and were not trained on") {
  const Result<Dataset> choice = load_dataset("", support::task("quickstart-choice"));
  REQUIRE(choice);
  for (const Question& question : choice->questions) {
    CAPTURE(question.id);
    CHECK(question.gold == "A");
    const std::vector<std::string_view> options = options_of(question);
    REQUIRE(options.size() == 4);
    CHECK(std::set<std::string_view>(options.begin(), options.end()).size() == 4);
    // See backends/engine/tiny/MODEL_CARD.md.
    CHECK(sha256_hex(question.text).starts_with('0'));
  }
}

TEST_CASE("quickstart programs have tests that need no folder") {
  const Task& task = support::task("quickstart-code");
  const Result<Dataset> code = load_dataset("", task);
  REQUIRE(code);
  std::map<std::string, int> difficulties;
  for (const Question& question : code->questions) {
    CAPTURE(question.id);
    const Result<std::string> text = load_tests("/no/such/folder", task, question);
    REQUIRE(text);
    CHECK(sha256_hex(*text) == question.gold);
    const nlohmann::json tests = nlohmann::json::parse(*text);
    CHECK(tests["tests"].size() == 8);
    CHECK(tests["starter_code"] == "");
    CHECK(!tests.contains("function"));
    // No test twice, and not the same output for all of them.
    std::set<std::string> inputs;
    std::set<std::string> outputs;
    for (const nlohmann::json& test : tests["tests"]) {
      inputs.insert(test["input"]);
      outputs.insert(test["output"]);
    }
    CHECK(inputs.size() == 8);
    CHECK(outputs.size() >= 4);
    // The embedded model was not trained on it: see backends/engine/tiny/MODEL_CARD.md.
    CHECK(sha256_hex(question.text).starts_with('0'));
    for (const auto& [name, value] : question.attributes) {
      if (name == "difficulty") ++difficulties[value];
    }
  }
  CHECK(difficulties == std::map<std::string, int>{{"easy", 10}, {"medium", 10}, {"hard", 4}});
  CHECK(verify_tests("", task, *code));

  Question other = code->questions.front();
  other.gold = std::string(64, '0');
  const Result<std::string> none = load_tests("", task, other);
  REQUIRE(!none);
  CHECK(none.error().code() == ErrorCode::not_found);
  CHECK(none.error().message() ==
        "quickstart-code: question code/1: its tests are not those of this proctor");
}

TEST_CASE("the small contest rises in difficulty and comes with its tests") {
  const Task& task = support::task("quickstart-contest");
  const Result<Dataset> contest = load_dataset("", task);
  REQUIRE(contest);
  CHECK(gaps_in(*contest).empty());
  int rating = 0;
  std::string indices;
  for (const Question& question : contest->questions) {
    CAPTURE(question.id);
    std::map<std::string, std::string> attributes(question.attributes.begin(),
                                                  question.attributes.end());
    CHECK(question.id == attributes["contest_id"] + "/" + attributes["index"]);
    CHECK(attributes["contest_id"] == "quickstart-1");
    indices += attributes["index"];
    CHECK(std::stoi(attributes["rating"]) > rating);
    rating = std::stoi(attributes["rating"]);
    const Result<std::string> text = load_tests("/no/such/folder", task, question);
    REQUIRE(text);
    const nlohmann::json tests = nlohmann::json::parse(*text);
    CHECK(tests["time_limit_s"] == 2.0);
    std::set<std::string> inputs;
    std::set<std::string> outputs;
    for (const nlohmann::json& test : tests["tests"]) {
      inputs.insert(test["input"]);
      outputs.insert(test["output"]);
    }
    CHECK(inputs.size() == 8);
    CHECK(outputs.size() >= 5);
    // The last is of no kind that the embedded model was trained on; the others are held out.
    if (attributes["index"] != "D") CHECK(sha256_hex(question.text).starts_with('0'));
  }
  CHECK(indices == "ABCD");
}

}  // namespace proctor::tasks
