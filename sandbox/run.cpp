#include "sandbox/run.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "sandbox/clocks.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/namespaces.h"
#include "sandbox/os_error.h"
#include "sandbox/process_one.h"
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

// How long a program may take to start on a busy machine before that is an error. A warm
// interpreter that is slow is given up early, for there is another way.
constexpr milliseconds kColdEntering{10'000};
constexpr milliseconds kWarmEntering{2'000};

// Memory that another process wrote into a memfd, seen for as long as this lives.
class MappedFile {
 public:
  MappedFile(const FileDescriptor& file, std::size_t size) : size_(size) {
    if (size > 0) memory_ = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  }
  ~MappedFile() {
    if (size_ > 0 && memory_ != MAP_FAILED) munmap(memory_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  bool is_open() const { return memory_ != MAP_FAILED; }
  std::string_view text() const { return {static_cast<const char*>(memory_), size_}; }

 private:
  std::size_t size_;
  void* memory_ = nullptr;
};

Result<void> put_files(const RunDisk& disk, const Job& job, const FileDescriptor& contents) {
  std::size_t total = 0;
  for (const JobFile& file : job.files) total += file.size;
  const MappedFile mapped(contents, total);
  if (!mapped.is_open()) return os_error("the program's files");
  std::string_view rest = mapped.text();
  for (const JobFile& file : job.files) {
    Result<void> put = disk.put(file.name, rest.substr(0, file.size), file.executable);
    if (!put) return put;
    rest.remove_prefix(file.size);
  }
  return {};
}

// What is made for one run and goes with it.
struct Preparation {
  RunDisk disk;
  FileDescriptor landlock;
  std::vector<ResourceLimit> resource_limits;
  std::vector<char*> arguments;  // into the job's; empty for a rehearsal
};

// In a user namespace the supervisor, process 1 and a warm interpreter have the program's id too.
int processes_with_id_of(const Box& box) {
  if (!box.identity.user_namespace) return 0;
  return box.warm != nullptr && box.warm->pid() > 0 ? 3 : 2;
}

Result<Preparation> prepare(const SandboxPlan& plan, const Box& box, const Job& job,
                            const JobDescriptors& descriptors) {
  // Where the new mount namespace is copied from.
  if (setns(box.root(job.root).mounts.get(), CLONE_NEWNS) != 0) return os_error("setns");
  Result<RunDisk> disk = RunDisk::make(job.limits.disk);
  if (!disk) return disk.error();
  Preparation made{.disk = std::move(*disk),
                   .landlock = {},
                   .resource_limits = resource_limits(job.limits, box.cgroup != nullptr,
                                                      processes_with_id_of(box)),
                   .arguments = {}};
  if (Result<void> put = put_files(made.disk, job, descriptors.files); !put) return put.error();
  if (plan.landlock > 0) {
    Result<FileDescriptor> rules =
        make_landlock_rules(plan.landlock, {.box = made.disk.box(),
                                            .tmp = made.disk.tmp(),
                                            .devices = box.root(job.root).devices.get()});
    if (!rules) return rules.error();
    made.landlock = std::move(*rules);
  }
  for (const std::string& argument : job.arguments) {
    made.arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  if (!made.arguments.empty()) made.arguments.push_back(nullptr);
  return made;
}

Launch launch_of(const SandboxPlan& plan, const Box& box, const Job& job,
                 const Preparation& prepared, const JobDescriptors& descriptors) {
  Launch launch;
  launch.identity = box.identity;
  launch.resource_limits = prepared.resource_limits;
  launch.syscall_filter = plan.syscall_filter;
  launch.landlock_rules = prepared.landlock.get();
  launch.input = descriptors.input.get();
  launch.output = descriptors.output.get();
  launch.error_output = descriptors.error_output.get();
  launch.report = descriptors.report.get();
  launch.disk = prepared.disk.mount();
  launch.own_proc = box.root(job.root).own_proc;
  if (box.cgroup != nullptr) {
    launch.cgroup = box.cgroup->birthplace();
    launch.cpu_clock = box.cgroup->cpu_clock();
    launch.cpu_clock_is_v2 = box.cgroup->cpu_clock_is_v2();
  }
  launch.supervisor = box.self.get();
  launch.arguments = prepared.arguments.empty() ? nullptr : prepared.arguments.data();
  launch.environment = box_environment();
  launch.status = &box.status.get();
  launch.status_file = box.status.file();
  return launch;
}

Result<Born> start(const Launch& launch) {
  *launch.status = RunStatus{};
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

// Adds up what process 1, the cgroup and we ourselves have seen.
Result<RunFacts> facts_of(const Box& box, Killed killed, std::int64_t born_ns) {
  const RunStatus& status = box.status.get();
  RunFacts facts;
  facts.killed = killed;
  // Killed with its box, a program is not waited for by anyone who could tell.
  facts.wait_status = status.phase == Phase::ended ? status.wait_status : SIGKILL;
  const std::int64_t ended_ns = status.phase == Phase::ended ? status.ended_ns : monotonic_ns();
  const std::int64_t started_ns = status.started_ns != 0 ? status.started_ns : born_ns;
  facts.wall_ns = ended_ns - started_ns;
  facts.cpu_ns = status.cpu_ns;
  facts.memory = static_cast<Bytes>(status.peak_bytes);
  if (box.cgroup != nullptr) {
    const Result<CgroupUse> use = box.cgroup->use();
    if (!use) return use.error();
    facts.together = true;
    facts.cpu_ns = std::max<std::int64_t>(use->cpu_ns - status.cpu_at_start_ns, 0);
    facts.memory = use->peak;
    facts.out_of_memory = use->out_of_memory;
  }
  return facts;
}

std::vector<FileDescriptor> take_outputs(const RunDisk& disk, const Job& job, Outcome& outcome) {
  std::vector<FileDescriptor> files;
  for (const std::string& name : job.outputs) {
    FileDescriptor file = disk.take(name);
    outcome.found.push_back(file.is_open());
    if (file.is_open()) files.push_back(std::move(file));
  }
  return files;
}

RunResult failed(const Job& job, std::string why) {
  RunResult result;
  result.outcome.run = job.run;
  result.outcome.failure = std::move(why);
  return result;
}

std::string failure_of(const RunStatus& status) {
  if (status.phase == Phase::entering) return "process 1 was gone before the program ran";
  return os_error(status.step, status.error).message();
}

// What one attempt came to.
RunResult attempt(const SandboxPlan& plan, Box& box, const Job& job,
                  const JobDescriptors& descriptors, const FileDescriptor& judge, int warm) {
  if (box.cgroup != nullptr) {
    if (Result<void> begun = box.cgroup->begin(job.limits); !begun) {
      return failed(job, begun.error().message());
    }
  }
  const Result<Preparation> prepared = prepare(plan, box, job, descriptors);
  if (!prepared) return failed(job, prepared.error().message());
  Launch launch = launch_of(plan, box, job, *prepared, descriptors);
  launch.warm = warm;
  const Result<Born> born = start(launch);
  if (!born) return failed(job, born.error().message());
  const std::int64_t born_ns = monotonic_ns();

  const Killed killed = watch_until_gone({.process = &born->process,
                                          .judge = &judge,
                                          .run = job.run,
                                          .listens = warm < 0,
                                          .enter_within = warm >= 0 ? kWarmEntering : kColdEntering,
                                          .limits = job.limits,
                                          .status = &box.status.get(),
                                          .cgroup = box.cgroup.get()});
  const RunStatus& status = box.status.get();
  const bool ran = status.phase == Phase::running || status.phase == Phase::ended;
  // Waits until the interpreter has said all about the run.
  const bool told = warm < 0 || box.warm->run_ended(ran);
  if (!ran) return failed(job, failure_of(status));
  if (!told) {
    RunResult result = failed(job, "the warm interpreter died during the run");
    result.ran = true;
    return result;
  }
  const Result<RunFacts> facts = facts_of(box, killed, born_ns);
  if (!facts) return failed(job, facts.error().message());
  RunResult result;
  result.outcome.run = job.run;
  result.ran = true;
  result.outcome.facts = *facts;
  result.outcome.warm = warm >= 0;
  result.files = take_outputs(prepared->disk, job, result.outcome);
  return result;
}

RunResult attempt_and_clean_up(const SandboxPlan& plan, Box& box, const Job& job,
                               const JobDescriptors& descriptors, const FileDescriptor& judge,
                               int warm) {
  RunResult result = attempt(plan, box, job, descriptors, judge, warm);
  if (box.cgroup != nullptr) box.cgroup->end();
  return result;
}

}  // namespace

char* const* box_environment() { return const_cast<char* const*>(kEnvironment.data()); }

RunResult run_job(const SandboxPlan& plan, Box& box, const Job& job,
                  const JobDescriptors& descriptors, const FileDescriptor& judge) {
  give_outputs(box.identity, descriptors);
  const int warm = job.warm && box.warm != nullptr ? box.warm->socket_for_run() : -1;
  if (warm >= 0) {
    RunResult result = attempt_and_clean_up(plan, box, job, descriptors, judge, warm);
    // What has had its input and given output cannot be run again.
    if (result.outcome.failure.empty() || result.ran) return result;
  }
  return attempt_and_clean_up(plan, box, job, descriptors, judge, -1);
}

}  // namespace proctor::sandbox
