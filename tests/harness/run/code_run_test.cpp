// Runs whose answers are programs: judged in the sandbox, killed in the middle of it, graded again.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <string>
#include <thread>

#include "sandbox/sandbox.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::run {
namespace {

// Whether programs can be run here at all. In a child: the sandbox forks.
bool sandbox_is_full() {
  const support::ChildEnd end = run_program({PROCTOR_BINARY, "doctor", "--json"});
  const nlohmann::json report = nlohmann::json::parse(end.out, nullptr, false);
  return report.is_object() && report["sandbox"].is_object() &&
         report["sandbox"].value("full", false);
}

std::string fenced(const std::string& program) { return "```python\n" + program + "\n```"; }

// Two samples of the first two questions of quickstart-code: one program of each is right.
std::filesystem::path write_replies(const support::TempDir& dir, const std::string& first_wrong) {
  const std::string right_1 = "x, y, z = map(int, input().split())\nprint(x * y - 79 * z)";
  const std::string right_2 = "print(10 * int(input()) + 43)";
  const struct {
    const char* question;
    int repeat;
    std::string text;
  } rows[] = {{"code/1", 0, fenced(right_1)},
              {"code/1", 1, fenced(first_wrong)},
              {"code/2", 0, fenced(right_2)},
              {"code/2", 1, "I would rather not."}};
  std::string lines;
  for (const auto& row : rows) {
    const nlohmann::json line = {{"task", "quickstart-code"},
                                 {"question_id", row.question},
                                 {"repeat", row.repeat},
                                 {"text", row.text}};
    lines += line.dump() + "\n";
  }
  return dir.write("replies.jsonl", lines);
}

// Whether a process of that name runs anywhere on the machine. One that is dead and waits for its
// parent to notice does not.
bool runs_here(const std::string& name) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    const std::size_t at = line.find("(" + name + ") ");
    if (at != std::string::npos && line[at + name.size() + 3] != 'Z') return true;
  }
  return false;
}

std::vector<std::string> command(const support::TempDir& dir, const std::filesystem::path& replies,
                                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv = {PROCTOR_BINARY,
                                   "run",
                                   "quickstart-code",
                                   "--model",
                                   "replay/" + replies.string(),
                                   "--limit",
                                   "2",
                                   "--samples",
                                   "2",
                                   "--quiet",
                                   "--json",
                                   "--db",
                                   (dir / "code.db").string(),
                                   "--cache",
                                   (dir / "cache").string()};
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

}  // namespace

TEST_CASE("programs of a run are judged by their tests in the sandbox") {
  if (!sandbox_is_full()) SKIP("needs a full sandbox (proctor doctor)");
  const support::TempDir dir;
  const auto replies = write_replies(dir, "print(0)");
  const nlohmann::json task = task_of(report_of(command(dir, replies), 0), "quickstart-code");
  CHECK(task["pass@1"] == 0.5);
  CHECK(task["coverage"] == 1);
  CHECK_FALSE(task["metrics"].contains("cons@2"));  // programs do not vote
  CHECK(task["verdicts"]["correct"] == 2);
  CHECK(task["verdicts"]["wrong"] == 1);
  CHECK(task["verdicts"]["no_answer"] == 1);

  const std::vector<std::string> again = {PROCTOR_BINARY,  "regrade",   "1",
                                          "--json",        "--db",      (dir / "code.db").string(),
                                          "--code-runner", "lcb-compat"};
  const nlohmann::json regraded = report_of(again, 0);
  CHECK(regraded["tasks"][0]["replies"] == 4);
  CHECK(regraded["tasks"][0]["errors"] == 0);
  CHECK(regraded["tasks"][0]["correct_after"] == 2);
}

TEST_CASE(
    "a run killed in the middle of judging leaves no program behind and ends as it would have") {
  if (!sandbox_is_full()) SKIP("needs a full sandbox (proctor doctor)");
  const support::TempDir dir;
  // Slow enough to be caught at it. Its name is what it is found by.
  const std::string mark = "box" + std::to_string(getpid());
  const auto replies = write_replies(dir,
                                     "import ctypes, time\n"
                                     "ctypes.CDLL(None).prctl(15, b'" +
                                         mark +
                                         "', 0, 0, 0)\n"
                                         "time.sleep(4)\nprint(0)");
  const auto running = [&] { return runs_here(mark); };
  Result<support::Child> child = support::Child::start(command(dir, replies));
  REQUIRE(child);
  REQUIRE(comes_true(running));
  child->kill(SIGKILL);
  CHECK(child->wait().signal == SIGKILL);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK_FALSE(running());

  const nlohmann::json task = task_of(report_of(command(dir, replies), 0), "quickstart-code");
  CHECK(task["verdicts"]["correct"] == 2);
  CHECK(task["verdicts"]["wrong"] == 1);
  CHECK(runs_in(dir / "code.db").size() == 1);
}

TEST_CASE("a runner of programs that no task of the run has is refused") {
  const support::ChildEnd end =
      run_program({PROCTOR_BINARY, "run", "quickstart-math", "--model", "tiny", "--code-runner",
                   "lcb-compat", "--db", "none.db"});
  CHECK(end.exit_code == 2);
  CHECK(end.err.find("--code-runner: no task of the run has programs") != std::string::npos);
}

}  // namespace proctor::harness::run
