#include "sandbox/run_parts.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "sandbox/clocks.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

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

// Process 1 of a warm run has the program's id; in a user namespace the supervisor, a warm
// interpreter and any process 1 have it too.
int processes_with_id_of(const Box& box, Start start) {
  if (!box.identity.user_namespace) return start == Start::warm ? 1 : 0;
  const bool has_interpreter = start == Start::warm || (box.warm != nullptr && box.warm->pid() > 0);
  return has_interpreter ? 3 : 2;
}

}  // namespace

Result<Preparation> prepare(const SandboxPlan& plan, const Box& box, const Job& job,
                            const FileDescriptor& files, Start start) {
  // Where the new mount namespace is copied from.
  if (setns(box.root(job.root).mounts.get(), CLONE_NEWNS) != 0) return os_error("setns");
  Result<RunDisk> disk = RunDisk::make(job.limits.disk);
  if (!disk) return disk.error();
  Preparation made{.disk = std::move(*disk),
                   .landlock = {},
                   .resource_limits = resource_limits(job.limits, box.cgroup != nullptr,
                                                      processes_with_id_of(box, start)),
                   .arguments = {}};
  if (Result<void> put = put_files(made.disk, job, files); !put) return put.error();
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
                 const Preparation& prepared) {
  Launch launch;
  launch.identity = box.identity;
  launch.resource_limits = prepared.resource_limits;
  launch.syscall_filter = plan.syscall_filter;
  launch.landlock_rules = prepared.landlock.get();
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

}  // namespace proctor::sandbox
