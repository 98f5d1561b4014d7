#include "graders/code/judge.h"

#include <utility>
#include <vector>

#include "graders/code/checker.h"
#include "graders/code/drivers.h"
#include "graders/code/lcb_compat.h"

namespace proctor::graders::code {
namespace {

// LiveCodeBench's tests expect its prelude, and nobody else's do.
Prelude prelude_for(const Job& job) {
  const Comparison* comparison = std::get_if<Comparison>(&job.checker);
  const bool lcb = comparison != nullptr && comparison->rule == Comparison::Rule::lcb;
  return lcb && job.mode == Job::Mode::standard_io ? Prelude::livecodebench : Prelude::none;
}

bool is_for_compat(const Job& job) {
  return job.runner == Job::Runner::lcb_compat && !job.language->compiled &&
         job.mode != Job::Mode::interactive;
}

}  // namespace

struct Judge::Built {
  std::unique_ptr<TestRunner> runner;
  JudgeVerdict failure = JudgeVerdict::internal_error;  // without a runner
  std::string complaint;
};

Judge::Judge(sandbox::Sandbox& sandbox, const JudgeOptions& options)
    : sandbox_(sandbox), compiler_(sandbox, options.folders), pool_(options.boxes) {}

Judgement Judge::judge(const Job& job) {
  if (job.tests.empty()) {
    return failed_before_tests(JudgeVerdict::internal_error, "there are no tests", 0);
  }
  if (is_for_compat(job)) return judge_in_one_process(job);
  const Built built = build(job);
  if (built.runner == nullptr) {
    return failed_before_tests(built.failure, built.complaint, job.tests.size());
  }
  return judge_tests(job, *built.runner);
}

Judge::Built Judge::build(const Job& job) {
  const QuietRoom::Visit visit = room_.enter();
  const auto failed = [](const Error& error) {
    return Built{nullptr, JudgeVerdict::internal_error, error.message()};
  };
  Result<std::unique_ptr<Checker>> checker = make_checker(job, compiler_, sandbox_);
  if (!checker) return failed(checker.error());
  RunnerParts parts{job, sandbox_, {}, std::move(*checker)};
  if (job.mode == Job::Mode::function) return {make_function_runner(std::move(parts)), {}, {}};

  std::string complaint;
  Result<sandbox::Program> program = build_program(job, complaint);
  if (!program) return failed(program.error());
  if (!complaint.empty()) return {nullptr, JudgeVerdict::compile_error, std::move(complaint)};
  parts.program = std::move(*program);
  if (job.mode == Job::Mode::standard_io) return {make_stdin_runner(std::move(parts)), {}, {}};

  Result<sandbox::Program> interactor = build_helper(*job.interactor, compiler_);
  if (!interactor) return failed(interactor.error().within("interactor"));
  return {make_interactive_runner(std::move(parts), std::move(*interactor)), {}, {}};
}

// The program without its input. One that does not compile leaves a complaint instead.
Result<sandbox::Program> Judge::build_program(const Job& job, std::string& complaint) {
  sandbox::Program program;
  if (!job.language->compiled) {
    program = stdin_program(job.code, {}, prelude_for(job));
    use_interpreter(program, *job.language);
    return program;
  }
  const Result<Compiled> compiled = compiler_.compile(*job.language, job.code);
  if (!compiled) return compiled.error();
  if (compiled->program == nullptr) {
    complaint = compiled->complaint;
    return program;
  }
  program.arguments = {"/box/program"};
  program.files.push_back({"program", *compiled->program, true});
  return program;
}

Judgement Judge::judge_tests(const Job& job, const TestRunner& runner) {
  std::vector<TestOutcome> outcomes(job.tests.size());
  const auto run_alone = [&](std::size_t i) {
    const QuietRoom::Visit visit = room_.enter_alone();
    TestOutcome again = runner.run(job.tests[i], true);
    again.first_cpu = outcomes[i].cpu;
    return again;
  };
  const auto passes = [&](std::size_t i) {
    {
      const QuietRoom::Visit visit = room_.enter();
      outcomes[i] = runner.run(job.tests[i], false);
    }
    if (outcomes[i].near_limit) outcomes[i] = run_alone(i);
    return outcomes[i].verdict == JudgeVerdict::accepted;
  };
  const std::size_t first_failed = pool_.first_failure(outcomes.size(), passes);
  if (first_failed < outcomes.size()) outcomes.resize(first_failed + 1);
  return summed_up(outcomes, job.tests.size());
}

Judgement Judge::judge_in_one_process(const Job& job) {
  std::vector<TestOutcome> outcomes;
  // Through the pool, so that it waits its turn like the tests of others.
  pool_.first_failure(1, [&](std::size_t) {
    const QuietRoom::Visit visit = room_.enter();
    outcomes = run_lcb_compat(job, sandbox_, false);
    return true;
  });
  if (outcomes.back().near_limit) {
    const std::chrono::milliseconds first = outcomes.back().cpu;
    const QuietRoom::Visit visit = room_.enter_alone();
    outcomes = run_lcb_compat(job, sandbox_, true);
    outcomes.back().first_cpu = first;
  }
  return summed_up(outcomes, job.tests.size());
}

}  // namespace proctor::graders::code
