// Checkers and interactors: what their endings mean, and who is to blame.
#include "graders/code/checker.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <string>

#include "graders/code/judge.h"
#include "tests/support/fake_sandbox.h"

namespace proctor::graders::code {
namespace {

using sandbox::Ending;
using sandbox::InteractiveRun;
using sandbox::Program;
using sandbox::ProgramRun;
using support::FakeSandbox;

ProgramRun exiting(int code, std::string output = {}) {
  ProgramRun run;
  run.exit_code = code;
  run.output = std::move(output);
  return run;
}

ProgramRun ending(Ending how, int signal = 0) {
  ProgramRun run;
  run.ending = how;
  run.signal = signal;
  return run;
}

constexpr const char* kCheckerCode = "the checker";

bool is_checker(const Program& program) {
  return std::any_of(program.files.begin(), program.files.end(),
                     [](const auto& file) { return file.content == kCheckerCode; });
}

Helper helper_with(Convention convention) {
  return {*language_named("python3"), kCheckerCode, {}, convention};
}

Job checked_job(Convention convention) {
  Job job;
  job.language = *language_named("python3");
  job.code = "the program";
  job.tests = {{"in", "expected"}};
  job.checker = helper_with(convention);
  return job;
}

Judgement judged_with(Convention convention, const ProgramRun& checker_run) {
  FakeSandbox sandbox([&](const Program& program, const sandbox::Limits&) {
    return is_checker(program) ? checker_run : exiting(0, "found");
  });
  return Judge(sandbox, {.boxes = 1}).judge(checked_job(convention));
}

TEST_CASE("a checker's ending means what its convention says and anything else is our error") {
  using enum Convention;
  using enum JudgeVerdict;
  struct Row {
    Convention convention;
    ProgramRun run;
    JudgeVerdict verdict;
  };
  const Row rows[] = {
      {testlib, exiting(0), accepted},
      {testlib, exiting(1), wrong_answer},
      {testlib, exiting(2), wrong_answer},
      {testlib, exiting(3), internal_error},
      {testlib, exiting(4), wrong_answer},
      {testlib, exiting(5), internal_error},
      {testlib, exiting(7), internal_error},  // points, where a verdict is asked for
      {testlib, exiting(8), wrong_answer},
      {testlib, exiting(42), internal_error},
      {testlib, ending(Ending::signalled, SIGSEGV), internal_error},
      {testlib, ending(Ending::cpu_limit), internal_error},
      {testlib, ending(Ending::wall_limit), internal_error},
      {testlib, ending(Ending::output_limit), internal_error},
      {kattis, exiting(42), accepted},
      {kattis, exiting(43), wrong_answer},
      {kattis, exiting(0), internal_error},
      {kattis, exiting(1), internal_error},
      {kattis, ending(Ending::memory_limit), internal_error},
      {open_r1, exiting(0, "1\n"), accepted},
      {open_r1, exiting(0, "100"), accepted},
      {open_r1, exiting(0, "0\n"), wrong_answer},
      {open_r1, exiting(0, "0.5"), wrong_answer},
      {open_r1, exiting(0, ""), internal_error},
      {open_r1, exiting(0, "yes"), internal_error},
      {open_r1, exiting(1, "1"), internal_error},
      {open_r1, ending(Ending::cpu_limit), internal_error},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.convention));
    CAPTURE(row.run.exit_code);
    CAPTURE(static_cast<int>(row.run.ending));
    CAPTURE(row.run.output);
    CHECK(judged_with(row.convention, row.run).verdict == row.verdict);
  }
}

TEST_CASE("a standard checker decides without a program of its own") {
  using enum JudgeVerdict;
  struct Row {
    const char* checker;
    const char* expected;
    const char* output;
    JudgeVerdict verdict;
  };
  constexpr Row kRows[] = {
      {"wcmp", "a b", "a  b\n", accepted},     {"wcmp", "a b", "a", wrong_answer},
      {"icmp", "1", "one", wrong_answer},    // of the wrong form
      {"icmp", "one", "1", internal_error},  // the jury's fault
      {"pointscmp", "1", "2", internal_error},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.checker);
    CAPTURE(row.output);
    FakeSandbox sandbox(
        [&](const Program&, const sandbox::Limits&) { return exiting(0, row.output); });
    Job job = checked_job(Convention::testlib);
    job.checker = *testlib::checker_named(row.checker);
    job.tests[0].output = row.expected;
    CHECK(Judge(sandbox, {.boxes = 1}).judge(job).verdict == row.verdict);
    CHECK(sandbox.programs().size() == 1);
  }
}

TEST_CASE("files stand in for stdin and stdout where the job names them") {
  using enum JudgeVerdict;
  struct Row {
    std::optional<std::string> file;  // that the program leaves
    JudgeVerdict verdict;
  };
  const Row rows[] = {
      {"expected", accepted}, {"other", wrong_answer}, {std::nullopt, wrong_answer}};
  for (const Row& row : rows) {
    FakeSandbox sandbox([&](const Program&, const sandbox::Limits&) {
      ProgramRun run = exiting(0, "expected");  // on stdout, where nobody looks
      run.files = {row.file};
      return run;
    });
    Job job = checked_job(Convention::testlib);
    job.checker = Comparison{};
    job.input_file = "input.txt";
    job.output_file = "output.txt";
    CHECK(Judge(sandbox, {.boxes = 1}).judge(job).verdict == row.verdict);
    const Program program = sandbox.programs().back();
    CHECK(program.input.empty());
    CHECK(program.files.back().name == "input.txt");
    CHECK(program.files.back().content == "in");
    CHECK(program.outputs == std::vector<std::string>{"output.txt"});
  }
}

TEST_CASE("an output that only makes a checker of open-r1 fail is wrong") {
  using enum JudgeVerdict;
  struct Row {
    Convention convention;
    ProgramRun over_output;
    ProgramRun over_jurys;
    JudgeVerdict verdict;
  };
  const Row rows[] = {
      {Convention::open_r1, exiting(1), exiting(0, "1"), wrong_answer},
      {Convention::open_r1, exiting(1), exiting(0, "0"), internal_error},
      {Convention::open_r1, exiting(1), exiting(1), internal_error},
      {Convention::open_r1, ending(Ending::cpu_limit), exiting(0, "1"), internal_error},
      {Convention::open_r1, exiting(0, "x"), exiting(0, "1"), internal_error},
      {Convention::kattis, exiting(1), exiting(42), internal_error},
  };
  for (const Row& row : rows) {
    CAPTURE(row.over_output.exit_code);
    CAPTURE(row.over_jurys.output);
    FakeSandbox sandbox([&](const Program& program, const sandbox::Limits&) {
      if (!is_checker(program)) return exiting(0, "found");
      const bool jurys = std::ranges::any_of(program.files, [](const auto& file) {
        return file.name == "output" && file.content == "expected";
      });
      return jurys || program.input == "expected" ? row.over_jurys : row.over_output;
    });
    CHECK(Judge(sandbox, {.boxes = 1}).judge(checked_job(row.convention)).verdict == row.verdict);
  }
}

TEST_CASE("each convention hands over its files in its own order") {
  struct Row {
    Convention convention;
    std::vector<std::string> arguments;
    const char* input;
  };
  const Row rows[] = {
      {Convention::testlib, {"/box/input", "/box/output", "/box/answer"}, ""},
      {Convention::open_r1, {"/box/input", "/box/answer", "/box/output"}, ""},
      {Convention::kattis, {"/box/input", "/box/answer", "/box/"}, "found"},
  };
  for (const Row& row : rows) {
    FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) {
      return is_checker(program) ? exiting(0, "1") : exiting(0, "found");
    });
    Judge(sandbox, {.boxes = 1}).judge(checked_job(row.convention));
    const Program program = sandbox.programs().back();
    REQUIRE(is_checker(program));
    const std::vector<std::string> last(program.arguments.end() - 3, program.arguments.end());
    CHECK(last == row.arguments);
    CHECK(program.input == row.input);
    for (const sandbox::BoxFile& file : program.files) {
      if (file.name == "input") CHECK(file.content == "in");
      if (file.name == "output") CHECK(file.content == "found");
      if (file.name == "answer") CHECK(file.content == "expected");
    }
  }
}

TEST_CASE("a checker is not asked about a program that failed by itself") {
  FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) {
    CHECK_FALSE(is_checker(program));
    return exiting(1);
  });
  CHECK(Judge(sandbox, {.boxes = 1}).judge(checked_job(Convention::testlib)).verdict ==
        JudgeVerdict::runtime_error);
}

TEST_CASE("a checker that cannot run or does not compile is our error") {
  FakeSandbox broken([](const Program& program, const sandbox::Limits&) -> Result<ProgramRun> {
    if (is_checker(program)) return Error(ErrorCode::unavailable, "no box");
    return exiting(0);
  });
  const Judgement unavailable = Judge(broken, {.boxes = 1}).judge(checked_job(Convention::testlib));
  CHECK(unavailable.verdict == JudgeVerdict::internal_error);
  CHECK(unavailable.first_failure->detail == "checker: no box");

  FakeSandbox compiler([](const Program& program, const sandbox::Limits&) {
    return program.arguments[1] == "--version" ? exiting(0, "cc") : exiting(1);
  });
  Job job = checked_job(Convention::testlib);
  std::get<Helper>(job.checker).language = *language_named("cpp17");
  const Judgement uncompiled = Judge(compiler, {.boxes = 1}).judge(job);
  CHECK(uncompiled.verdict == JudgeVerdict::internal_error);
  CHECK(uncompiled.first_failure->detail.starts_with("checker: does not compile"));
}

ProgramRun complaining(std::string error_output) {
  ProgramRun run = exiting(1);
  run.error_output = std::move(error_output);
  return run;
}

TEST_CASE("who left an interactive run first decides whose fault it was") {
  using enum JudgeVerdict;
  struct Row {
    const char* what;
    ProgramRun program;
    ProgramRun interactor;
    bool program_first;
    JudgeVerdict verdict;
  };
  const ProgramRun broken_pipe = ending(Ending::signalled, SIGPIPE);
  const Row rows[] = {
      {"both well", exiting(0), exiting(42), true, accepted},
      {"both well, interactor first", exiting(0), exiting(42), false, accepted},
      {"wrong", exiting(0), exiting(43), true, wrong_answer},
      {"wrong, and then its pipe breaks", broken_pipe, exiting(43), false, wrong_answer},
      {"wrong, and then it crashes", exiting(1), exiting(43), false, wrong_answer},
      {"crashes while the interactor waits", exiting(1), exiting(43), true, runtime_error},
      {"crashes, and the interactor's pipe breaks", exiting(1), broken_pipe, true, runtime_error},
      {"right, and then its pipe breaks", broken_pipe, exiting(42), false, accepted},
      {"right, and then Python's pipe breaks", complaining("BrokenPipeError: x"), exiting(42),
       false, accepted},
      {"right, and then it crashes", exiting(1), exiting(42), false, runtime_error},
      {"right, and then it never ends", ending(Ending::cpu_limit), exiting(42), false, time_limit},
      {"both idle", ending(Ending::wall_limit), exiting(43), true, time_limit},
      {"leaves too early", exiting(0), broken_pipe, true, wrong_answer},
      {"interactor fails", exiting(0), exiting(1), true, internal_error},
      {"interactor fails first", broken_pipe, ending(Ending::signalled, SIGSEGV), false,
       internal_error},
      {"interactor is too slow", exiting(0), ending(Ending::cpu_limit), true, internal_error},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FakeSandbox sandbox([](const Program&, const sandbox::Limits&) { return exiting(0); },
                        [&](const Program&, const Program& interactor) {
                          CHECK(interactor.arguments.back() == "/box/");
                          return InteractiveRun{row.program, row.interactor, row.program_first};
                        });
    Job job = checked_job(Convention::testlib);
    job.checker = Comparison{};
    job.mode = Job::Mode::interactive;
    job.interactor = helper_with(Convention::kattis);
    CHECK(Judge(sandbox, {.boxes = 1}).judge(job).verdict == row.verdict);
  }
}

TEST_CASE("what an interactor of testlib writes is what its checker sees") {
  FakeSandbox sandbox(
      [](const Program& program, const sandbox::Limits&) {
        for (const sandbox::BoxFile& file : program.files) {
          if (file.name == "output") return exiting(file.content == "transcript" ? 0 : 1);
        }
        return exiting(3);
      },
      [](const Program&, const Program& interactor) {
        CHECK(interactor.outputs == std::vector<std::string>{"output"});
        ProgramRun run = exiting(0);
        run.files.push_back("transcript");
        return InteractiveRun{exiting(0), run, true};
      });
  Job job = checked_job(Convention::testlib);
  job.mode = Job::Mode::interactive;
  job.interactor = helper_with(Convention::testlib);
  CHECK(Judge(sandbox, {.boxes = 1}).judge(job).verdict == JudgeVerdict::accepted);
}

}  // namespace
}  // namespace proctor::graders::code
