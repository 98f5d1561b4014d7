// The judge's rules, with a sandbox that only says what it is told to. What really runs is in
// end_to_end_test.cpp.
#include "graders/code/judge.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "tests/support/fake_sandbox.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::code {
namespace {

using namespace std::chrono_literals;
using sandbox::Ending;
using sandbox::Program;
using sandbox::ProgramRun;
using support::FakeSandbox;

ProgramRun printing(std::string output) {
  ProgramRun run;
  run.output = std::move(output);
  return run;
}

ProgramRun exiting(int code, std::string error_output = {}) {
  ProgramRun run;
  run.exit_code = code;
  run.error_output = std::move(error_output);
  return run;
}

ProgramRun ending(Ending how, std::chrono::milliseconds cpu = 0ms) {
  ProgramRun run = printing("right");
  run.ending = how;
  run.cpu = cpu;
  return run;
}

// A job whose every test has its own number as input and "right" as output.
Job job_with(std::size_t tests, const char* language = "python3") {
  Job job;
  job.language = *language_named(language);
  job.code = "the program";
  for (std::size_t i = 0; i < tests; ++i) job.tests.push_back({std::to_string(i), "right"});
  return job;
}

bool is_compiling(const Program& program) { return program.root == sandbox::Root::compiler; }

// Answers the compiler's questions so that every source becomes a program.
ProgramRun compiled(const Program& program) {
  if (program.arguments[1] == "--version") return printing("cc 1.0");
  ProgramRun run;
  run.files.push_back("binary of " + program.files.back().content);
  return run;
}

TEST_CASE("the first failure is the lowest failing test whatever the timing") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> calls = 0;
    FakeSandbox sandbox([&](const Program& program, const sandbox::Limits&) {
      ++calls;
      const int test = std::stoi(program.input);
      // Later tests tend to end first.
      std::this_thread::sleep_for(std::chrono::microseconds(200 * (9 - test % 10)));
      return printing(test == 5 || test == 7 || test == 6 ? "wrong" : "right");
    });
    Judge judge(sandbox, {.boxes = 4});
    const Judgement judgement = judge.judge(job_with(40));
    CHECK(judgement.verdict == JudgeVerdict::wrong_answer);
    CHECK(judgement.passed == 5);
    CHECK(judgement.total == 40);
    REQUIRE(judgement.first_failure);
    CHECK(judgement.first_failure->test == 5);
    CHECK(judgement.first_failure->detail == "word 1: expected \"right\", found \"wrong\"");
    CHECK(calls < 15);  // and few tests are run in vain
  }
}

TEST_CASE("several programs are judged at once and keep their results apart") {
  FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) {
    return printing(program.input == program.files[1].content ? "wrong" : "right");
  });
  Judge judge(sandbox, {.boxes = 3});
  std::vector<Judgement> judgements(12);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < judgements.size(); ++i) {
      callers.emplace_back([&, i] {
        Job job = job_with(10);
        job.code = std::to_string(i);  // fails on the test of this number
        judgements[i] = judge.judge(job);
      });
    }
  }
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    CAPTURE(i);
    CHECK(judgements[i].passed == std::min<std::size_t>(i, 10));
    CHECK(judgements[i].first_failure.has_value() == (i < 10));
  }
}

TEST_CASE("how a run ended decides before its output does") {
  struct Row {
    ProgramRun run;
    JudgeVerdict verdict;
  };
  ProgramRun slow = ending(Ending::exited, 6500ms);
  ProgramRun killed = ending(Ending::signalled);
  killed.signal = 11;
  const Row rows[] = {
      {printing("right"), JudgeVerdict::accepted},
      {printing(" right\n"), JudgeVerdict::accepted},
      {printing("left"), JudgeVerdict::wrong_answer},
      {ending(Ending::output_limit), JudgeVerdict::output_limit},
      {ending(Ending::memory_limit), JudgeVerdict::memory_limit},
      {ending(Ending::cpu_limit, 6600ms), JudgeVerdict::time_limit},
      {ending(Ending::wall_limit), JudgeVerdict::time_limit},
      {slow, JudgeVerdict::time_limit},
      {ending(Ending::exited, 6000ms), JudgeVerdict::accepted},
      {killed, JudgeVerdict::runtime_error},
      {exiting(1), JudgeVerdict::runtime_error},
  };
  for (const Row& row : rows) {
    FakeSandbox sandbox([&](const Program&, const sandbox::Limits&) { return row.run; });
    Judge judge(sandbox, {.boxes = 1});
    const Judgement judgement = judge.judge(job_with(1));
    CAPTURE(short_name(row.verdict));
    CHECK(judgement.verdict == row.verdict);
    CHECK(judgement.passed == (row.verdict == JudgeVerdict::accepted ? 1 : 0));
  }
  FakeSandbox sandbox([&](const Program&, const sandbox::Limits&) {
    return exiting(1, "Traceback:\n  line\nValueError: no\n\n");
  });
  Judge judge(sandbox, {.boxes = 1});
  CHECK(judge.judge(job_with(1)).first_failure->detail == "exit code 1: ValueError: no");
}

TEST_CASE("a run near its time limit is repeated alone and cold and that run counts") {
  struct Row {
    ProgramRun first;
    ProgramRun second;
    bool repeated;
    JudgeVerdict verdict;
  };
  const Row rows[] = {
      {ending(Ending::exited, 5300ms), {}, false, JudgeVerdict::accepted},
      {ending(Ending::exited, 5400ms), ending(Ending::exited, 5500ms), true,
       JudgeVerdict::accepted},
      {ending(Ending::exited, 6500ms), ending(Ending::exited, 5800ms), true,
       JudgeVerdict::accepted},
      {ending(Ending::exited, 5900ms), ending(Ending::exited, 6100ms), true,
       JudgeVerdict::time_limit},
      {ending(Ending::exited, 6500ms), ending(Ending::cpu_limit, 6600ms), true,
       JudgeVerdict::time_limit},
      {ending(Ending::cpu_limit, 6600ms), {}, false, JudgeVerdict::time_limit},
      {ending(Ending::wall_limit, 2000ms), ending(Ending::exited, 2000ms), true,
       JudgeVerdict::accepted},
  };
  for (const Row& row : rows) {
    CAPTURE(row.first.cpu.count());
    CAPTURE(row.second.cpu.count());
    std::atomic<int> runs_of_last = 0;
    std::atomic<bool> was_alone = true;
    std::atomic<bool> was_warm = false;
    FakeSandbox* self = nullptr;
    FakeSandbox sandbox([&](const Program& program, const sandbox::Limits& limits) {
      CHECK(limits.cpu == 6600ms);
      CHECK(limits.wall == 12s);
      std::this_thread::sleep_for(2ms);
      if (program.input != "3") return printing("right");
      if (++runs_of_last == 1) return row.first;
      was_alone = self->running() == 1;
      was_warm = program.warm;
      return row.second;
    });
    self = &sandbox;
    Judge judge(sandbox, {.boxes = 3});
    Judgement judgement;
    {
      std::jthread other([&] { judge.judge(job_with(3)); });
      judgement = judge.judge(job_with(4));
    }
    CHECK(judgement.verdict == row.verdict);
    CHECK(runs_of_last == (row.repeated ? 2 : 1));
    REQUIRE(judgement.repeats.size() == (row.repeated ? 1U : 0U));
    CHECK(was_alone);
    CHECK_FALSE(was_warm);
    if (!row.repeated) continue;
    CHECK(judgement.repeats[0].test == 3);
    CHECK(judgement.repeats[0].first_cpu == row.first.cpu);
    CHECK(judgement.repeats[0].second_cpu == row.second.cpu);
  }
}

TEST_CASE("what fails on our side is an internal error and never the verdict of a program") {
  FakeSandbox broken([](const Program&, const sandbox::Limits&) -> Result<ProgramRun> {
    return Error(ErrorCode::unavailable, "no box");
  });
  Judge judge(broken, {.boxes = 2});
  for (const char* language : {"python3", "cpp17"}) {
    const Judgement judgement = judge.judge(job_with(3, language));
    CHECK(judgement.verdict == JudgeVerdict::internal_error);
    CHECK(judgement.passed == 0);
    REQUIRE(judgement.first_failure);
    CHECK(judgement.first_failure->detail.find("no box") != std::string::npos);
  }
  const Judgement untested = judge.judge(job_with(0));
  CHECK(untested.verdict == JudgeVerdict::internal_error);
  CHECK(untested.first_failure->detail == "there are no tests");
}

TEST_CASE("a sandbox that fails on a later test does not hide an earlier failure") {
  FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) -> Result<ProgramRun> {
    if (program.input == "1") return printing("wrong");
    if (program.input == "2") return Error(ErrorCode::unavailable, "no box");
    return printing("right");
  });
  Judge judge(sandbox, {.boxes = 3});
  CHECK(judge.judge(job_with(3)).verdict == JudgeVerdict::wrong_answer);
}

TEST_CASE("expected outputs never enter the box of a solution") {
  constexpr const char* kCanary = "the-expected-output";
  FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) {
    return is_compiling(program) ? compiled(program) : printing(kCanary);
  });
  Judge judge(sandbox, {.boxes = 2});
  const auto holds_canary = [&](const Program& program) {
    const auto holds = [&](const std::string& text) {
      return text.find(kCanary) != std::string::npos;
    };
    return holds(program.input) ||
           std::any_of(program.arguments.begin(), program.arguments.end(), holds) ||
           std::any_of(program.files.begin(), program.files.end(),
                       [&](const sandbox::BoxFile& file) { return holds(file.content); });
  };
  for (const char* language : {"python3", "pypy3", "cpp17", "c11"}) {
    for (const Job::Mode mode : {Job::Mode::standard_io, Job::Mode::function}) {
      for (const Job::Runner runner : {Job::Runner::process, Job::Runner::lcb_compat}) {
        Job job = job_with(3, language);
        if (mode == Job::Mode::function && job.language->compiled) continue;
        job.mode = mode;
        job.runner = runner;
        job.function = "f";
        for (TestCase& test : job.tests) test.output = kCanary;
        judge.judge(job);
      }
    }
  }
  CHECK(sandbox.programs().size() > 10);
  for (const Program& program : sandbox.programs()) CHECK_FALSE(holds_canary(program));
}

TEST_CASE("a program that does not compile fails all tests with the compiler's first lines") {
  FakeSandbox sandbox([](const Program& program, const sandbox::Limits&) {
    if (program.arguments[1] == "--version") return printing("cc 1.0");
    ProgramRun run = exiting(1, "main.cpp:1:1: error: no\n" + std::string(100'000, 'x'));
    run.files.push_back(std::nullopt);
    return run;
  });
  Judge judge(sandbox, {.boxes = 2});
  const Judgement judgement = judge.judge(job_with(3, "cpp20"));
  CHECK(judgement.verdict == JudgeVerdict::compile_error);
  CHECK(judgement.passed == 0);
  CHECK(judgement.total == 3);
  CHECK(judgement.first_failure->detail.starts_with("main.cpp:1:1: error: no"));
  CHECK(judgement.first_failure->detail.size() < 3000);
}

TEST_CASE("a source is compiled once however many jobs bring it") {
  const support::TempDir cache;
  const auto count_compilations = [](const FakeSandbox& sandbox) {
    const std::vector<Program> programs = sandbox.programs();
    return std::count_if(programs.begin(), programs.end(), [](const Program& program) {
      return is_compiling(program) && program.arguments[1] != "--version";
    });
  };
  const FakeSandbox::Script script = [](const Program& program, const sandbox::Limits&) {
    if (!is_compiling(program)) {
      CHECK(program.files[0].content == "binary of the program");
      return printing("right");
    }
    std::this_thread::sleep_for(5ms);
    return compiled(program);
  };
  const JudgeOptions options = {.boxes = 2, .folders = {.programs = cache.path(), .headers = {}}};
  FakeSandbox sandbox(script);
  {
    Judge judge(sandbox, options);
    std::vector<std::jthread> callers;
    for (int i = 0; i < 6; ++i) {
      callers.emplace_back(
          [&] { CHECK(judge.judge(job_with(2, "cpp17")).verdict == JudgeVerdict::accepted); });
    }
  }
  CHECK(count_compilations(sandbox) == 1);

  FakeSandbox later(script);
  CHECK(Judge(later, options).judge(job_with(2, "cpp17")).verdict == JudgeVerdict::accepted);
  CHECK(count_compilations(later) == 0);
  CHECK(Judge(later, options).judge(job_with(2, "cpp20")).verdict == JudgeVerdict::accepted);
  CHECK(count_compilations(later) == 1);  // other flags, another program

  for (const auto& entry : std::filesystem::directory_iterator(cache.path())) {
    cache.write(entry.path().filename().string(), support::read_file(entry.path()) + "damage");
  }
  FakeSandbox afterwards(script);
  CHECK(Judge(afterwards, options).judge(job_with(2, "cpp17")).verdict == JudgeVerdict::accepted);
  CHECK(count_compilations(afterwards) == 1);
}

std::filesystem::path header_in(const std::filesystem::path& headers) {
  const std::filesystem::directory_iterator folders(headers);
  REQUIRE(begin(folders) != end(folders));
  return begin(folders)->path() / "bits" / "stdc++.h.gch";
}

TEST_CASE("bits/stdc++.h is compiled once and then found in the shared folder") {
  const support::TempDir headers;
  std::atomic<int> headers_made = 0;
  std::atomic<int> with_folder = 0;
  FakeSandbox sandbox([&](const Program& program, const sandbox::Limits&) {
    if (!is_compiling(program)) return printing("right");
    const auto& arguments = program.arguments;
    if (std::find(arguments.begin(), arguments.end(), "c++-header") != arguments.end()) {
      ++headers_made;
    }
    for (const std::string& argument : arguments) {
      if (argument.starts_with("-I/shared/")) ++with_folder;
    }
    return compiled(program);
  });
  Judge judge(sandbox, {.boxes = 2, .folders = {.programs = {}, .headers = headers.path()}});
  Job job = job_with(1, "cpp17");
  for (int i = 0; i < 3; ++i) {
    job.code = "#include <bits/stdc++.h>\n" + std::to_string(i);
    CHECK(judge.judge(job).verdict == JudgeVerdict::accepted);
  }
  CHECK(headers_made == 1);
  CHECK(with_folder == 3);
  CHECK(support::read_file(header_in(headers.path())) == "binary of #include <bits/stdc++.h>\n");
  job.code = "#include <vector>";
  CHECK(judge.judge(job).verdict == JudgeVerdict::accepted);
  CHECK(with_folder == 3);
}

}  // namespace
}  // namespace proctor::graders::code
