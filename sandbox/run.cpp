#include "sandbox/run.h"

#include <unistd.h>

#include <array>

#include "sandbox/clocks.h"
#include "sandbox/first_victim.h"
#include "sandbox/namespaces.h"
#include "sandbox/os_error.h"
#include "sandbox/process_one.h"
#include "sandbox/run_parts.h"
#include "sandbox/warm_box.h"
#include "sandbox/watch.h"

namespace proctor::sandbox {

namespace {

// All that a program finds in its environment.
constexpr std::array<const char*, 9> kEnvironment = {
    "PATH=/usr/bin:/bin",
    "HOME=/box",
    "TMPDIR=/tmp",
    "LANG=C.UTF-8",
    "TZ=UTC",
    "PYTHONHASHSEED=0",  // the same program twice: the same output
    "PYTHONDONTWRITEBYTECODE=1",
    "OPENBLAS_NUM_THREADS=1",  // NumPy would start one for each of the machine's processors
    nullptr,
};

// How long a program may take to start on a busy machine before that is an error.
constexpr milliseconds kEntering{10'000};

Result<Born> start(const Launch& launch, const OomScore& oom_score) {
  *launch.status = RunStatus{};
  const BirthOfVictims birth(oom_score);
  Result<Born> born = bear_process_one(launch.cgroup);
  if (born && born->pid == 0) run_as_process_one(launch);
  return born;
}

// Programs write to pipes that are the judge's; their own user may open them again by name.
void give_outputs(const Identity& identity, const JobDescriptors& descriptors) {
  if (identity.user_namespace) return;
  for (const FileDescriptor* pipe :
       {&descriptors.output, &descriptors.error_output, &descriptors.report}) {
    if (pipe->is_open()) (void)!fchown(pipe->get(), identity.id, identity.id);
  }
}

std::string failure_of(const RunStatus& status) {
  if (status.phase == Phase::entering) return "process 1 was gone before the program ran";
  return os_error(status.step, status.error).message();
}

RunResult run_cold(const SandboxPlan& plan, Box& box, const Job& job,
                   const JobDescriptors& descriptors, const FileDescriptor& judge) {
  if (box.cgroup != nullptr) {
    if (Result<void> begun = box.cgroup->begin(job.limits); !begun) {
      return failed(job, begun.error().message());
    }
  }
  const Result<Preparation> prepared = prepare(plan, box, job, descriptors.files, Start::cold);
  if (!prepared) return failed(job, prepared.error().message());
  Launch launch = launch_of(plan, box, job, *prepared);
  launch.input = descriptors.input.get();
  launch.output = descriptors.output.get();
  launch.error_output = descriptors.error_output.get();
  launch.report = descriptors.report.get();
  const Result<Born> born = start(launch, box.oom_score);
  if (!born) return failed(job, born.error().message());
  const std::int64_t born_ns = monotonic_ns();

  const Killed killed = watch_until_gone({.process = &born->process,
                                          .judge = &judge,
                                          .run = job.run,
                                          .listens = true,
                                          .enter_within = kEntering,
                                          .limits = job.limits,
                                          .status = &box.status.get(),
                                          .cgroup = box.cgroup.get()});
  const RunStatus& status = box.status.get();
  const bool ran = status.phase == Phase::running || status.phase == Phase::ended;
  if (!ran) return failed(job, failure_of(status));
  const Result<RunFacts> facts = facts_of(box, killed, born_ns);
  if (!facts) return failed(job, facts.error().message());
  RunResult result;
  result.outcome.run = job.run;
  result.outcome.facts = *facts;
  result.files = take_outputs(prepared->disk, job, result.outcome);
  return result;
}

}  // namespace

char* const* box_environment() { return const_cast<char* const*>(kEnvironment.data()); }

RunResult run_job(const SandboxPlan& plan, Box& box, const Job& job,
                  const JobDescriptors& descriptors, const FileDescriptor& judge) {
  give_outputs(box.identity, descriptors);
  if (box.warm_box != nullptr && !box.warm_box->serves(job)) box.warm_box.reset();
  if (job.warm && box.warm != nullptr) {
    if (box.warm_box == nullptr) {
      // One that cannot be had is no failure: the program has not been started, and there is
      // another way.
      if (auto made = WarmBox::make(plan, box, job, descriptors.files); made) {
        box.warm_box = std::move(*made);
      }
    }
    if (box.warm_box != nullptr) {
      RunResult result = box.warm_box->run(box, job, descriptors, judge);
      if (!box.warm_box->serves(job)) box.warm_box.reset();
      return result;
    }
  }
  RunResult result = run_cold(plan, box, job, descriptors, judge);
  if (box.cgroup != nullptr) box.cgroup->end();
  return result;
}

}  // namespace proctor::sandbox
