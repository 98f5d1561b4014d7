// Runs of contest problems by the program itself: imported, answered from a file of replies, judged
// in the sandbox.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "tests/harness/support/run_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/tasks/codeforces/rows.h"

namespace proctor::harness::run {
namespace {

using nlohmann::json;

constexpr const char* kNoSandbox = "needs a full sandbox (proctor doctor)";

// Whether programs can be run here at all. In a child: the sandbox forks.
bool sandbox_is_full() {
  const support::ChildEnd end = run_program({PROCTOR_BINARY, "doctor", "--json"});
  const json report = json::parse(end.out, nullptr, false);
  return report.is_object() && report["sandbox"].is_object() &&
         report["sandbox"].value("full", false);
}

json reply(const std::string& question, int repeat, const std::string& language,
           const std::string& code) {
  return {{"task", "codeforces"},
          {"question_id", question},
          {"repeat", repeat},
          {"text", "<think>\nHm.\n</think>\n```" + language + "\n" + code + "\n```"}};
}

std::string lines_of(const std::vector<json>& rows) {
  std::string lines;
  for (const json& row : rows) lines += row.dump() + "\n";
  return lines;
}

// A data folder, a store and a cache of a test's own.
struct Workplace {
  support::ChildEnd import_files(std::vector<std::string> files) const {
    std::vector<std::string> argv = {PROCTOR_BINARY,          "data",   "import",    "--data",
                                     (dir / "data").string(), "--task", "codeforces"};
    argv.insert(argv.end(), files.begin(), files.end());
    return run_program(argv);
  }

  std::vector<std::string> run_command(const std::vector<json>& replies,
                                       const std::vector<std::string>& more) const {
    const std::filesystem::path file = dir.write("replies.jsonl", lines_of(replies));
    std::vector<std::string> argv = {PROCTOR_BINARY,
                                     "run",
                                     "codeforces",
                                     "--model",
                                     "replay/" + file.string(),
                                     "--quiet",
                                     "--json",
                                     "--fresh",
                                     "--data",
                                     (dir / "data").string(),
                                     "--db",
                                     db().string(),
                                     "--cache",
                                     (dir / "cache").string()};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }

  std::filesystem::path db() const { return dir / "contest.db"; }

  support::TempDir dir;
};

}  // namespace

TEST_CASE("contest problems are run and what cannot be graded is left out with a word") {
  if (!sandbox_is_full()) SKIP(kNoSandbox);
  const Workplace place;
  json interactive = support::other_contest_row();
  interactive.update({{"executable", false}, {"interaction_format", "Ask."}});
  json files = support::other_contest_row();
  files.update({{"id", "7/C"}, {"index", "C"}, {"input_mode", "file"}});
  const auto rows =
      place.dir.write("rows.jsonl", lines_of({support::contest_row(), interactive, files}));
  const support::ChildEnd imported = place.import_files({rows.string()});
  REQUIRE(imported.exit_code == 0);
  CHECK(imported.err.find("not gradeable: 1 interactive without an interactor (7/B)") !=
        std::string::npos);

  const std::string sum = "print(sum(map(int, input().split())))";
  const std::string with_files =
      "a, b = map(int, open('input.txt').read().split())\n"
      "print(a + b, file=open('output.txt', 'w'))";
  const std::vector<json> replies = {
      reply("7/A", 0, "python", sum), reply("7/A", 1, "py", "print(3)"),
      reply("7/C", 0, "python3", with_files), reply("7/C", 1, "cpp", "int main() {}")};
  const std::vector<std::string> command =
      place.run_command(replies, {"--samples", "2", "--prompt", "cf-python"});
  const support::ChildEnd end = run_program(command);
  CHECK(end.err.find("not gradeable: 1 interactive without an interactor (7/B): 2 questions") !=
        std::string::npos);
  CHECK(end.err.find(
            "no standings of contest 7: there will be no rating; get them with: proctor data "
            "fetch codeforces-contest 7") != std::string::npos);
  REQUIRE(end.exit_code == 0);
  const json task = task_of(json::parse(end.out), "codeforces");
  CHECK(task["rating"].is_null());
  CHECK(task["verdicts"]["correct"] == 2);
  CHECK(task["verdicts"]["wrong"] == 1);
  CHECK(task["verdicts"]["no_answer"] == 1);
  CHECK(task["pass@1"] == 0.5);
  CHECK(task["coverage"] == 1);
}

TEST_CASE("a set without a question that can be graded is refused") {
  const Workplace place;
  json row = support::contest_row();
  row.update({{"executable", false}});
  const auto rows = place.dir.write("rows.jsonl", row.dump() + "\n");
  REQUIRE(place.import_files({rows.string()}).exit_code == 0);
  if (!sandbox_is_full()) SKIP(kNoSandbox);
  const support::ChildEnd end = run_program(place.run_command({reply("7/A", 0, "cpp", "x")}, {}));
  CHECK(end.exit_code == 2);
  CHECK(end.err.find("codeforces: no question is left; not gradeable: 1 not executable (7/A)") !=
        std::string::npos);
}

namespace {

// Replies with the labelled solutions in one language, and the verdict that each must get.
struct Labelled {
  explicit Labelled(const std::string& language) {
    std::istringstream lines(support::read_file(support::shared_data() / "codeforces" /
                                                "synthetic" / "solutions.jsonl"));
    std::map<std::string, int> given;
    for (std::string line; std::getline(lines, line);) {
      const json solution = json::parse(line);
      if (solution["language"] != language) continue;
      const std::string problem = solution["problem_id"];
      const int repeat = given[problem]++;
      repeats = std::max(repeats, repeat + 1);
      replies.push_back(reply(problem, repeat, language, solution["code"]));
      right[{problem, repeat}] = solution["verdict"] == "OK";
    }
  }

  // The rest of the grid, so that every sample has a reply.
  void fill(const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) {
      for (int repeat = 0; repeat < repeats; ++repeat) {
        if (right.contains({problem, repeat})) continue;
        json nothing = reply(problem, repeat, "", "");
        nothing["text"] = "I give up.";
        replies.push_back(nothing);
      }
    }
  }

  int repeats = 0;
  std::vector<json> replies;
  std::map<std::pair<std::string, int>, bool> right;
};

}  // namespace

TEST_CASE("a run over both synthetic contests judges every labelled solution") {
  if (support::shared_data().empty()) SKIP("needs labelled solutions: shared/data is missing");
  if (!sandbox_is_full()) SKIP(kNoSandbox);
  const std::filesystem::path synthetic = support::shared_data() / "codeforces" / "synthetic";
  const Workplace place;
  REQUIRE(place
              .import_files({(synthetic / "test.jsonl").string(),
                             (synthetic / "generated_tests" / "test_cases_99001.jsonl").string()})
              .exit_code == 0);
  REQUIRE(run_program({PROCTOR_BINARY, "data", "import", "--data", (place.dir / "data").string(),
                       "--task", "codeforces-contest",
                       (synthetic / "contest.standings.99001.json").string(),
                       (synthetic / "contest.ratingChanges.99001.json").string(),
                       (synthetic / "contest.standings.99002.json").string(),
                       (synthetic / "contest.ratingChanges.99002.json").string()})
              .exit_code == 0);
  Labelled solutions("cpp");
  CHECK(solutions.right.size() == 11);
  CHECK(solutions.repeats == 4);
  // As they are planned: without the interactive one.
  const std::vector<std::string> problems = {"99001/A", "99001/B", "99001/C", "99001/D", "99001/E",
                                             "99001/F", "99002/A", "99002/B", "99002/C", "99002/D"};
  solutions.fill(problems);
  const json report = report_of(
      place.run_command(solutions.replies, {"--samples", std::to_string(solutions.repeats)}), 0);
  const json task = task_of(report, "codeforces");
  CHECK(task["coverage"] == 1);
  // Worked out apart from this program. Each problem solved has one right program of four, which
  // lets expect 1.5 failures: 425 + 1425 + 2175 points, place 260 of 1973, 1780.92; and three
  // problems with 45 of penalty, place 57 of 1911, 2126.68.
  CHECK(task["rating"]["contests"] == 2);
  CHECK(task["rating"]["rating"].get<double>() == doctest::Approx(1953.799).epsilon(1e-6));
  std::size_t judged = 0;
  for (const StoredSample& sample : load_run(place.db(), 1)) {
    const std::string& problem = problems.at(static_cast<std::size_t>(sample.result.question));
    CAPTURE(problem);
    CAPTURE(sample.result.repeat);
    const auto labelled = solutions.right.find({problem, sample.result.repeat});
    if (labelled == solutions.right.end()) {
      CHECK(sample.result.verdict == Verdict::no_answer);
      continue;
    }
    ++judged;
    CHECK(sample.result.verdict == (labelled->second ? Verdict::correct : Verdict::wrong));
  }
  CHECK(judged == 11);
}

TEST_CASE("the contest of the quickstart suite is answered in Python and judged") {
  if (!sandbox_is_full()) SKIP(kNoSandbox);
  const support::TempDir dir;
  const std::pair<const char*, const char*> programs[] = {
      {"quickstart-1/A", "x, y = map(int, input().split())\nprint(92 * x + 3 * y)"},
      {"quickstart-1/C", "print(input().replace('a', 'k'))"},
      {"quickstart-1/B", "input()\nprint(sum(6 * x for x in map(int, input().split()) if x < 47))"},
      {"quickstart-1/D", "print(0)"},
  };
  std::vector<json> replies;
  for (const auto& [question, code] : programs) {
    json line = reply(question, 0, "python", code);
    line["task"] = "quickstart-contest";
    replies.push_back(line);
  }
  const auto file = dir.write("replies.jsonl", lines_of(replies));
  const json report =
      report_of({PROCTOR_BINARY, "run", "quickstart-contest", "--samples", "1", "--model",
                 "replay/" + file.string(), "--quiet", "--json", "--db", (dir / "run.db").string(),
                 "--cache", (dir / "cache").string(), "--data", (dir / "data").string()},
                0);
  const json task = task_of(report, "quickstart-contest");
  CHECK(task["verdicts"]["correct"] == 3);
  CHECK(task["verdicts"]["wrong"] == 1);
  // 3000 points: place 10 of 200, worked out apart from this program.
  CHECK(task["rating"]["rating"].get<double>() == doctest::Approx(2121.704).epsilon(1e-6));
}

}  // namespace proctor::harness::run
