// Programs with known verdicts, from the developers' shared data: a part that is quick to judge.
// tests/judge/labelled_programs.py judges them all.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tasks/livecodebench/tests_field.h"
#include "tests/graders/code/real_judge.h"
#include "tests/support/skip.h"

namespace proctor::graders::code {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::vector<json> rows_of(const std::filesystem::path& file) {
  std::vector<json> rows;
  std::istringstream in(support::read_file(file));
  for (std::string line; std::getline(in, line);) rows.push_back(json::parse(line));
  return rows;
}

// A row of lcb_probes.jsonl or lcb_regrade.jsonl as a job.
Job job_of(const json& row) {
  Job job;
  job.language = *language_named("python3");
  job.code = row["code"];
  job.checker = Comparison{Comparison::Rule::lcb, 0};
  if (row["kind"] != "stdin") {
    job.mode = Job::Mode::function;
    job.function = row["fn_name"];
  }
  for (const json& test : row["tests"]) job.tests.push_back({test["input"], test["output"]});
  return job;
}

// The first verdict of `process_here` that is not AC, as "WA on test 2"; "AC" if there is none.
std::string expected_verdict(const json& row) {
  std::size_t test = 0;
  for (const std::string verdict : row["process_here"]) {
    if (verdict != "AC") {
      return (verdict == "RTE" ? "RE" : verdict) + " on test " + std::to_string(test);
    }
    ++test;
  }
  return "AC";
}

std::string found_verdict(const Judgement& judgement) {
  std::string verdict(short_name(judgement.verdict));
  if (!judgement.first_failure) return verdict;
  return verdict + " on test " + std::to_string(judgement.first_failure->test);
}

// Where ours differs, and why.
const std::map<std::string, std::string> kProcessExceptions = {
    // /dev/stdin did not exist where the labels were made; in our box it does.
    {"stdin/open_dev_stdin", "AC"},
    // The labels' driver took the value off stdout, where the program had printed before.
    {"functional/top_level_test_code_input", "AC"},
};
const std::map<std::string, int> kCompatExceptions = {
    // Cheats that look for the expected output in the grader's memory: it is not there.
    {"stdin/reads_expected_from_parent_frames", -2},
    {"stdin/patches_grader", -2},
    // An object that says that it equals everything is not asked.
    {"functional/returns_true_like", -4},
};

// Take six seconds and more to judge, or need NumPy.
const std::set<std::string> kSlow = {"stdin/catches_everything_and_loops", "stdin/sleep_7s",
                                     "stdin/c_call_busy_8s", "functional/numpy_int"};

TEST_CASE("probes get the verdict of an ordinary process and the code of the official runner") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs judge/lcb_probes.jsonl: shared data is missing");
  for (const bool warm : {true, false}) {
    const auto real = make_real_judge(warm);
    if (real == nullptr) SKIP("needs the sandbox: it cannot be made on this machine");
    CAPTURE(warm);
    for (const json& row : rows_of(data / "judge" / "lcb_probes.jsonl")) {
      const std::string id = row["id"];
      if (kSlow.contains(id)) continue;
      CAPTURE(id);
      Job job = job_of(row);
      const auto exception = kProcessExceptions.find(id);
      CHECK(found_verdict(real->judge->judge(job)) ==
            (exception == kProcessExceptions.end() ? expected_verdict(row) : exception->second));

      job.runner = Job::Runner::lcb_compat;
      const Judgement compat = real->judge->judge(job);
      const int code = compat.first_failure ? compat.first_failure->lcb_code.value_or(1) : 0;
      const json& official = row["official_here"]["error_code"];
      const auto other = kCompatExceptions.find(id);
      CHECK(code == (other != kCompatExceptions.end() ? other->second
                     : official.is_null()             ? 0
                                                      : official.get<int>()));
    }
  }
}

TEST_CASE("real programs get the verdict of an ordinary process") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs judge/lcb_regrade.jsonl: shared data is missing");
  const auto real = make_real_judge();
  if (real == nullptr) SKIP("needs the sandbox: it cannot be made on this machine");
  constexpr std::size_t kEvery = 8;
  std::size_t index = 0;
  std::size_t judged = 0;
  for (const json& row : rows_of(data / "judge" / "lcb_regrade.jsonl")) {
    if (index++ % kEvery != 0) continue;
    const std::string expected = expected_verdict(row);
    const bool needs_numpy = row["code"].get<std::string>().find("numpy") != std::string::npos;
    // Whether a program that is slow there is too slow here is for the machine to say.
    if (expected.starts_with("TLE") || needs_numpy) continue;
    CAPTURE(row["id"].get<std::string>());
    CHECK(found_verdict(real->judge->judge(job_of(row))) == expected);
    ++judged;
  }
  CHECK(judged > 100);
}

TEST_CASE("solutions of the synthetic problems get their labels") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs livecodebench/synthetic: shared data is missing");
  const auto real = make_real_judge();
  if (real == nullptr) SKIP("needs the sandbox: it cannot be made on this machine");
  const std::filesystem::path folder = data / "livecodebench" / "synthetic";
  std::map<std::string, json> tests;
  for (const json& row : rows_of(folder / "test.jsonl")) {
    const Result<std::string> text = tasks::livecodebench::tests_of(row);
    REQUIRE(text);
    tests[row["question_id"]] = json::parse(*text);
  }
  const std::map<std::string, std::string> names = {{"OK", "AC"},
                                                    {"WRONG_ANSWER", "WA"},
                                                    {"TIME_LIMIT_EXCEEDED", "TLE"},
                                                    {"RUNTIME_ERROR", "RE"}};
  for (const json& row : rows_of(folder / "solutions.jsonl")) {
    CAPTURE(row["solution_id"].get<std::string>());
    const json& problem = tests.at(row["question_id"]);
    Job job;
    job.language = *language_named(row["language"].get<std::string>());
    job.code = row["code"];
    if (problem.contains("function")) {
      job.mode = Job::Mode::function;
      job.function = problem["function"];
    }
    for (const json& test : problem["tests"]) job.tests.push_back({test["input"], test["output"]});
    std::string expected = names.at(row["verdict"]);
    // The labels are of programs without LiveCodeBench's prelude, which raises the recursion limit;
    // the words are compared, as that is what has no prelude. Right programs took less than two
    // seconds there and slow ones more than eighteen.
    if (expected == "TLE") job.time_limit = 2s;
    if (expected != "AC") {
      expected += " on test " + std::to_string(row["first_failed_test"].get<int>());
    }
    CHECK(found_verdict(real->judge->judge(job)) == expected);
  }
}

}  // namespace
}  // namespace proctor::graders::code
