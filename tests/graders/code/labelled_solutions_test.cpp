// From rows of open-r1/codeforces, imported, to verdicts: labelled solutions of the developers'
// shared data, and an interactive problem of our own.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "graders/code/tests_cache.h"
#include "tasks/task.h"
#include "tests/graders/code/real_judge.h"
#include "tests/support/skip.h"

namespace proctor::graders::code {
namespace {

using nlohmann::json;

constexpr const char* kNoSandbox = "needs the sandbox: it cannot be made on this machine";

// Problems in a data folder of their own.
class Problems {
 public:
  explicit Problems(const std::vector<std::filesystem::path>& files) {
    const Result<const tasks::Task*> task = tasks::task_named("codeforces");
    REQUIRE(task);
    task_ = *task;
    Result<tasks::Dataset> dataset = tasks::parse_dataset(*task_, files, dir_.path());
    REQUIRE(dataset);
    dataset_ = std::move(*dataset);
  }

  // A program for one of them, under the problem's own limits.
  Job job(const std::string& id, std::string_view language, std::string code) const {
    for (const Question& question : dataset_.questions) {
      if (question.id != id) continue;
      const Result<std::string> tests = tasks::load_tests(dir_.path(), *task_, question);
      REQUIRE(tests);
      Result<Job> job = parse_stored_tests(*tests);
      REQUIRE(job);
      job->language = *language_named(language);
      job->code = std::move(code);
      return std::move(*job);
    }
    FAIL("no problem " << id);
    return {};
  }

 private:
  support::TempDir dir_;
  const tasks::Task* task_ = nullptr;
  tasks::Dataset dataset_;
};

std::string verdict_of(const Judgement& judgement) {
  std::string verdict(short_name(judgement.verdict));
  if (!judgement.first_failure) return verdict;
  return verdict + " on test " + std::to_string(judgement.first_failure->test);
}

std::string labelled_verdict(const json& solution) {
  const std::pair<const char*, const char*> names[] = {
      {"OK", "AC"},
      {"WRONG_ANSWER", "WA"},
      {"TIME_LIMIT_EXCEEDED", "TLE"},
      {"MEMORY_LIMIT_EXCEEDED", "MLE"},
      {"RUNTIME_ERROR", "RE"},
      {"COMPILATION_ERROR", "CE"},
  };
  for (const auto& [upstream, ours] : names) {
    if (solution["verdict"] != upstream) continue;
    if (solution["first_failed_test"].is_null()) return ours;
    return ours + (" on test " + std::to_string(solution["first_failed_test"].get<int>()));
  }
  return "an unknown verdict";
}

std::filesystem::path synthetic() { return support::shared_data() / "codeforces" / "synthetic"; }

// Judges the labelled solutions of one contest, and says how many there were.
int judge_contest(const std::string& contest) {
  const auto real = make_real_judge();
  REQUIRE(real != nullptr);
  const Problems problems({synthetic() / "test.jsonl"});
  std::istringstream lines(support::read_file(synthetic() / "solutions.jsonl"));
  int judged = 0;
  for (std::string line; std::getline(lines, line);) {
    const json solution = json::parse(line);
    const std::string id = solution["problem_id"];
    if (!id.starts_with(contest)) continue;
    ++judged;
    const std::string name = solution["solution_id"];
    CAPTURE(name);
    const std::string language = solution["language"];
    const Judgement judgement = real->judge->judge(problems.job(id, language, solution["code"]));
    CAPTURE(judgement.first_failure.value_or(Judgement::Failure{}).detail);
    CHECK(verdict_of(judgement) == labelled_verdict(solution));
  }
  return judged;
}

bool have_sandbox() { return make_real_judge() != nullptr; }

TEST_CASE("every labelled solution of the round with points gets its verdict") {
  if (support::shared_data().empty()) SKIP("needs labelled solutions: shared/data is missing");
  if (!have_sandbox()) SKIP(kNoSandbox);
  CHECK(judge_contest("99001") == 20);
}

TEST_CASE("every labelled solution of the educational round gets its verdict") {
  if (support::shared_data().empty()) SKIP("needs labelled solutions: shared/data is missing");
  if (!have_sandbox()) SKIP(kNoSandbox);
  CHECK(judge_contest("99002") == 19);
}

TEST_CASE("a slow program that passes the official tests fails on the generated ones") {
  if (support::shared_data().empty()) SKIP("needs a contest: shared/data is missing");
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  const std::string slow =
      "n, q = map(int, input().split())\na = input().split()\n"
      "for _ in range(q):\n  l, r = map(int, input().split())\n  print(len(set(a[l - 1:r])))\n";
  const Problems official({synthetic() / "test.jsonl"});
  CHECK(verdict_of(real->judge->judge(official.job("99001/F", "python3", slow))) == "AC");
  const Problems all(
      {synthetic() / "generated_tests" / "test_cases_99001.jsonl", synthetic() / "test.jsonl"});
  const Job job = all.job("99001/F", "python3", slow);
  CHECK(job.tests.size() == 10);
  const Judgement judgement = real->judge->judge(job);
  CHECK(judgement.verdict == JudgeVerdict::time_limit);
  REQUIRE(judgement.first_failure);
  CHECK(judgement.first_failure->test >= 7);
}

// Guess a number from 1 to n in seven tries. The interactor is told n and the number.
constexpr const char* kInteractor = R"(
import sys
n, secret = map(int, open(sys.argv[1]).read().split())
print(n, flush=True)
for _ in range(7):
    said, number = input().split()
    number = int(number)
    if said == "!":
        sys.exit(0 if number == secret else 1)
    print("=" if number == secret else "<" if secret < number else ">", flush=True)
sys.exit(1)
)";

constexpr const char* kGuesses = R"(
low, high = 1, int(input())
while low < high:
    middle = (low + high) // 2
    print("?", middle, flush=True)
    said = input()
    if said == "=":
        low = high = middle
    elif said == "<":
        high = middle - 1
    else:
        low = middle + 1
print("!", low, flush=True)
)";

json interactive_row() {
  return {{"id", "7/A"},
          {"aliases", json::array()},
          {"contest_id", "7"},
          {"contest_start_year", 2026},
          {"index", "A"},
          {"title", "Guess"},
          {"description", "Guess the number."},
          {"input_format", "n"},
          {"output_format", ""},
          {"interaction_format", "Ask ? x, answer ! x."},
          {"note", nullptr},
          {"examples", json::array()},
          {"time_limit", 2.0},
          {"memory_limit", 256.0},
          {"rating", 900},
          {"tags", json::array()},
          {"official_tests",
           {{{"input", "40 17\n"}, {"output", ""}}, {{"input", "30 30\n"}, {"output", ""}}}},
          {"official_tests_complete", true},
          {"input_mode", "stdio"},
          {"generated_checker", nullptr},
          {"generated_tests", 0},
          {"executable", false},
          {"interactor", {{"language", "python"}, {"code", kInteractor}}}};
}

TEST_CASE("an interactive problem is judged by the interactor of its row") {
  const auto real = make_real_judge();
  if (real == nullptr) SKIP(kNoSandbox);
  support::TempDir dir;
  const Problems problems({dir.write("row.jsonl", interactive_row().dump() + "\n")});
  struct Row {
    const char* code;
    const char* verdict;
  };
  const Row rows[] = {
      {kGuesses, "AC"},
      {"n = int(input())\nprint('!', n, flush=True)", "WA on test 0"},
      {"n = int(input())\nprint('!', 17 if n == 40 else 1, flush=True)", "WA on test 1"},
      {"n = int(input())\nprint('!', 1 // 0, flush=True)", "RE on test 0"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const Judgement judgement = real->judge->judge(problems.job("7/A", "python3", row.code));
    CAPTURE(judgement.first_failure.value_or(Judgement::Failure{}).detail);
    CHECK(verdict_of(judgement) == row.verdict);
  }
}

}  // namespace
}  // namespace proctor::graders::code
