// `proctor judge`: runs programs against tests in the sandbox, JSON Lines in and out.
#include "graders/code/judge.h"

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "graders/code/job.h"
#include "harness/files/json_object.h"
#include "harness/files/json_text.h"
#include "harness/files/line_map.h"
#include "harness/grading/code_judge.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/run/flags.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

using graders::code::Job;
using graders::code::Judgement;
using graders::code::JudgeVerdict;

struct JudgeVerbOptions {
  std::string in = "-";
  std::string out = "-";
  std::string mode = "process";
  grading::CodeJudgeOptions judge;
};

constexpr std::array kVerdicts = {
    JudgeVerdict::accepted,      JudgeVerdict::wrong_answer,   JudgeVerdict::time_limit,
    JudgeVerdict::memory_limit,  JudgeVerdict::output_limit,   JudgeVerdict::runtime_error,
    JudgeVerdict::compile_error, JudgeVerdict::internal_error,
};

// How many programs got which verdict; says so now and then. Counted from many threads.
class Tally {
 public:
  void count(JudgeVerdict verdict) {
    const std::lock_guard lock(mutex_);
    ++counts_[static_cast<std::size_t>(verdict)];
    ++all_;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_said_ < std::chrono::seconds(5)) return;
    last_said_ = now;
    say(fmt::format("judged {}\n", all_));
  }

  std::size_t of(JudgeVerdict verdict) const { return counts_[static_cast<std::size_t>(verdict)]; }

  std::string summary() const {
    std::string verdicts;
    for (const JudgeVerdict verdict : kVerdicts) {
      if (of(verdict) == 0) continue;
      verdicts += fmt::format("{}{} {}", verdicts.empty() ? ": " : ", ", of(verdict),
                              graders::code::short_name(verdict));
    }
    return fmt::format("judged {}{}\n", all_, verdicts);
  }

 private:
  std::mutex mutex_;  // guards the rest while lines are judged
  std::array<std::size_t, kVerdicts.size()> counts_{};
  std::size_t all_ = 0;
  std::chrono::steady_clock::time_point last_said_ = std::chrono::steady_clock::now();
};

Result<std::string> judge_line(graders::code::Judge& judge, Job::Runner runner,
                               const std::string& line, Tally& tally) {
  const Result<nlohmann::json> object = parse_object(line);
  if (!object) return object.error();
  const Result<nlohmann::json> id = id_field(*object);
  if (!id) return id.error();
  Result<Job> job = graders::code::parse_job(*object);
  if (!job) return job.error();
  job->runner = runner;
  const Judgement judgement = judge.judge(*job);
  tally.count(judgement.verdict);
  nlohmann::ordered_json result = {{"id", *id}};
  graders::code::add_judgement(judgement, result);
  // A detail may quote bytes that are no text.
  return compact_json(result) + "\n";
}

ExitCode judge_files(const JudgeVerbOptions& options) {
  Result<grading::CodeJudge> made = grading::make_code_judge(options.judge);
  if (!made) return fail(made.error());
  if (const std::string missing = grading::missing_layers(*made->sandbox); !missing.empty()) {
    say("proctor: warning: the sandbox is not full, missing: " + missing + "\n");
  }
  const Job::Runner runner =
      options.mode == "process" ? Job::Runner::process : Job::Runner::lcb_compat;
  Tally tally;
  const Result<void> judged = map_lines(options.in, options.out, [&](const std::string& line) {
    return judge_line(*made->judge, runner, line, tally);
  });
  if (!judged) return fail(judged.error());
  say(tally.summary());
  return tally.of(JudgeVerdict::internal_error) == 0 ? kDone : kIncomplete;
}

}  // namespace

void add_judge_verb(CLI::App& app, Globals& /*globals*/, int& exit_code) {
  auto options = std::make_shared<JudgeVerbOptions>();
  CLI::App* verb = app.add_subcommand("judge", "Run programs against tests in the sandbox");
  verb->add_option("--in", options->in,
                   "JSON Lines with id, language, code, mode, tests; - for stdin")
      ->capture_default_str();
  verb->add_option("--out", options->out,
                   "JSON Lines with id, verdict, passed, total, first_failure; - for stdout")
      ->capture_default_str();
  verb->add_option("--jobs", options->judge.boxes,
                   "programs that run at a time (default: one a processor)")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--mode", options->mode,
                   "process: each test in a process of its own; lcb-compat: LiveCodeBench's own "
                   "runner for programs in Python, its faults included")
      ->check(CLI::IsMember({"process", "lcb-compat"}))
      ->capture_default_str();
  run::add_sandbox_flags(*verb, options->judge);
  verb->callback([options, &exit_code] { exit_code = judge_files(*options); });
}

}  // namespace proctor::harness
