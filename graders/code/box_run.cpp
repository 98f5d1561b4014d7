#include "graders/code/box_run.h"

#include <string.h>

#include <algorithm>

#include "graders/code/excerpt.h"

namespace proctor::graders::code {
namespace {

using sandbox::Ending;
using sandbox::ProgramRun;
using std::chrono::milliseconds;

constexpr std::size_t kExcerptBytes = 200;

std::string seconds(milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  const std::string fraction = std::to_string(1000 + time.count() % 1000).substr(1);
  return text + "." + fraction + " s";
}

std::string megabytes(sandbox::Bytes bytes) { return std::to_string(bytes >> 20) + " MB"; }

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? std::to_string(signal) : std::string("SIG") + name;
}

// Whether the limit might have decided otherwise on another day.
bool is_near_limit(const ProgramRun& run, milliseconds limit) {
  if (run.ending == Ending::wall_limit) return run.cpu <= limit;
  return run.ending != Ending::cpu_limit && run.cpu * 10 >= limit * 9 && run.cpu * 10 <= limit * 11;
}

}  // namespace

sandbox::Limits limits_for(const Job& job) {
  using namespace std::chrono_literals;
  sandbox::Limits limits;
  limits.cpu = job.time_limit + job.time_limit / 10;
  limits.wall = std::max(job.time_limit * 2, job.time_limit + 1s);
  limits.memory = job.memory_limit;
  limits.error_output = 16U << 20;  // the traceback of a deep recursion is megabytes and no attack
  return limits;
}

TestOutcome outcome_of(const ProgramRun& run, const Job& job) {
  TestOutcome outcome;
  outcome.cpu = run.cpu;
  outcome.wall = run.wall;
  outcome.memory = run.memory;
  outcome.near_limit = is_near_limit(run, job.time_limit);
  const auto fails = [&](JudgeVerdict verdict, std::string detail) {
    outcome.verdict = verdict;
    outcome.detail = std::move(detail);
    return outcome;
  };
  if (run.ending == Ending::output_limit) {
    return fails(JudgeVerdict::output_limit, "wrote too much");
  }
  if (run.ending == Ending::memory_limit) {
    return fails(JudgeVerdict::memory_limit, "used all of " + megabytes(job.memory_limit));
  }
  if (run.ending == Ending::cpu_limit || run.cpu > job.time_limit) {
    return fails(JudgeVerdict::time_limit,
                 "used " + seconds(run.cpu) + " of processor time, of " + seconds(job.time_limit));
  }
  if (run.ending == Ending::wall_limit) {
    return fails(JudgeVerdict::time_limit, "was still there after " + seconds(run.wall) +
                                               ", having used " + seconds(run.cpu) +
                                               " of processor time");
  }
  if (!ended_well(run)) return fails(JudgeVerdict::runtime_error, describe_ending(run));
  outcome.verdict = JudgeVerdict::accepted;
  return outcome;
}

std::string describe_ending(const ProgramRun& run) {
  std::string ending;
  switch (run.ending) {
    case Ending::output_limit:
      ending = "output limit";
      break;
    case Ending::memory_limit:
      ending = "memory limit";
      break;
    case Ending::cpu_limit:
    case Ending::wall_limit:
      ending = "time limit";
      break;
    case Ending::signalled:
      ending = signal_name(run.signal);
      break;
    case Ending::exited:
      ending = "exit code " + std::to_string(run.exit_code);
      break;
  }
  const std::string said = shortened(last_line(run.error_output), kExcerptBytes);
  return said.empty() ? ending : ending + ": " + said;
}

bool ended_well(const ProgramRun& run) {
  return run.ending == Ending::exited && run.exit_code == 0;
}

}  // namespace proctor::graders::code
