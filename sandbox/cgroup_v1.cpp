// A box's groups under version 1: one in each of three hierarchies
// (Documentation/admin-guide/cgroup-v1/{memory,cpuacct}.rst, pids in cgroup-v1/pids.rst).
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "sandbox/cgroup_files.h"
#include "sandbox/cgroups.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// The supervisor itself, process 1, and a warm interpreter with its helper.
constexpr int kOurProcesses = 4;

class BoxCgroupV1 final : public BoxCgroup {
 public:
  static Result<std::unique_ptr<BoxCgroup>> make(const CgroupPlan& plan, const std::string& name);

  Result<void> begin(const Limits& limits) override;
  Result<void> begin_again() override;
  Result<CgroupUse> use() const override;
  int birthplace() const override { return unified_.get(); }
  int cpu_clock() const override { return cpu_usage_.get(); }
  bool cpu_clock_is_v2() const override { return false; }

 private:
  // What the group holds between two runs.
  struct Held {
    Bytes ours = 0;   // that the kernel cannot drop
    Bytes files = 0;  // cache of files that programs have read, dropped when room is wanted
  };

  Result<void> open_files(const CgroupPlan& plan, const std::string& name);
  Result<void> set_memory(Bytes limit);
  Result<void> set_processes(int limit);
  Result<Held> held() const;
  Result<Bytes> file_cache() const;
  Result<void> note_state();

  FileDescriptor memory_limit_, memory_usage_, memory_stat_, memory_peak_, memory_events_;
  FileDescriptor pids_limit_, cpu_usage_;
  FileDescriptor unified_;  // a directory
  Bytes limit_set_ = 0;
  int processes_set_ = -1;
  Held held_before_;
  std::uint64_t kills_before_ = 0;
};

Result<void> make_group(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return os_error(path);
  return {};
}

Result<void> BoxCgroupV1::open_files(const CgroupPlan& plan, const std::string& name) {
  const std::string memory = plan.memory + "/" + name + "/memory.";
  const struct {
    FileDescriptor* file;
    std::string path;
    int flags;
  } kFiles[] = {
      {&memory_limit_, memory + "limit_in_bytes", O_WRONLY},
      {&memory_usage_, memory + "usage_in_bytes", O_RDONLY},
      {&memory_stat_, memory + "stat", O_RDONLY},
      {&memory_peak_, memory + "max_usage_in_bytes", O_RDWR},
      {&memory_events_, memory + "oom_control", O_RDONLY},
      {&pids_limit_, plan.pids + "/" + name + "/pids.max", O_WRONLY},
      {&cpu_usage_, plan.cpuacct + "/" + name + "/cpuacct.usage", O_RDONLY},
  };
  for (const auto& [file, path, flags] : kFiles) {
    Result<FileDescriptor> opened = open_cgroup_file(path, flags);
    if (!opened) return opened.error();
    *file = std::move(*opened);
  }
  return {};
}

Result<std::unique_ptr<BoxCgroup>> BoxCgroupV1::make(const CgroupPlan& plan,
                                                     const std::string& name) {
  auto group = std::make_unique<BoxCgroupV1>();
  const std::string self = std::to_string(getpid());
  for (const std::string& parent : {plan.memory, plan.pids, plan.cpuacct}) {
    const std::string path = parent + "/" + name;
    if (Result<void> made = make_group(path); !made) return made.error();
    // Only the swap that is not there is bounded by what follows.
    if (parent == plan.memory) (void)write_cgroup_file(path + "/memory.swappiness", "0");
    Result<void> joined = write_cgroup_file(path + "/cgroup.procs", self);
    if (!joined) return joined.error();
  }
  if (!plan.unified.empty()) {
    const std::string path = plan.unified + "/" + name;
    if (Result<void> made = make_group(path); !made) return made.error();
    Result<FileDescriptor> opened = open_cgroup_file(path, O_RDONLY | O_DIRECTORY);
    if (!opened) return opened.error();
    group->unified_ = std::move(*opened);
  }
  if (Result<void> opened = group->open_files(plan, name); !opened) return opened.error();
  return std::unique_ptr<BoxCgroup>(std::move(group));
}

Result<void> BoxCgroupV1::set_memory(Bytes limit) {
  if (limit == limit_set_) return {};
  limit_set_ = limit;
  return write_cgroup_file(memory_limit_, "memory.limit_in_bytes", std::to_string(limit));
}

Result<void> BoxCgroupV1::set_processes(int limit) {
  if (limit == processes_set_) return {};
  processes_set_ = limit;
  return write_cgroup_file(pids_limit_, "pids.max", std::to_string(limit + kOurProcesses));
}

Result<BoxCgroupV1::Held> BoxCgroupV1::held() const {
  const Result<Bytes> usage = read_cgroup_number(memory_usage_, "memory.usage_in_bytes");
  if (!usage) return usage.error();
  const Result<Bytes> files = file_cache();
  if (!files) return files.error();
  return Held{.ours = *usage - std::min(*usage, *files), .files = *files};
}

Result<Bytes> BoxCgroupV1::file_cache() const {
  constexpr std::string_view kKeys[] = {"total_cache", "total_shmem"};
  const Result<std::vector<Bytes>> numbers =
      read_cgroup_numbers(memory_stat_, "memory.stat", kKeys);
  if (!numbers) return numbers.error();
  const Bytes cache = (*numbers)[0];
  return cache - std::min(cache, (*numbers)[1]);
}

Result<void> BoxCgroupV1::note_state() {
  const Result<Held> held_now = held();
  if (!held_now) return held_now.error();
  const Result<std::uint64_t> kills =
      read_cgroup_number(memory_events_, "memory.oom_control", "oom_kill");
  if (!kills) return kills.error();
  held_before_ = *held_now;
  kills_before_ = *kills;
  return {};
}

Result<void> BoxCgroupV1::begin(const Limits& limits) {
  if (Result<void> noted = note_state(); !noted) return noted;
  // What is ours already is given on top; cache is not, or it would be room for the program.
  if (Result<void> set = set_memory(limits.memory + held_before_.ours); !set) return set;
  if (Result<void> set = set_processes(limits.processes); !set) return set;
  return write_cgroup_file(memory_peak_, "memory.max_usage_in_bytes", "0");
}

Result<void> BoxCgroupV1::begin_again() {
  if (Result<void> noted = note_state(); !noted) return noted;
  return write_cgroup_file(memory_peak_, "memory.max_usage_in_bytes", "0");
}

Result<CgroupUse> BoxCgroupV1::use() const {
  const Result<std::uint64_t> cpu = read_cgroup_number(cpu_usage_, "cpuacct.usage");
  if (!cpu) return cpu.error();
  const Result<Bytes> peak = read_cgroup_number(memory_peak_, "memory.max_usage_in_bytes");
  if (!peak) return peak.error();
  const Result<std::uint64_t> kills =
      read_cgroup_number(memory_events_, "memory.oom_control", "oom_kill");
  if (!kills) return kills.error();
  // What was dropped of earlier cache had been dropped at the peak, as far as can be known.
  const Result<Bytes> files = file_cache();
  if (!files) return files.error();
  const Bytes others = held_before_.ours + std::min(held_before_.files, *files);
  return CgroupUse{.cpu_ns = static_cast<std::int64_t>(*cpu),
                   .peak = *peak - std::min(*peak, others),
                   .out_of_memory = *kills > kills_before_};
}

}  // namespace

Result<std::unique_ptr<BoxCgroup>> make_box_cgroup_v1(const CgroupPlan& plan,
                                                      const std::string& name) {
  return BoxCgroupV1::make(plan, name);
}

}  // namespace proctor::sandbox
