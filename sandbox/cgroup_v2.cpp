// A box's group under version 2 (Documentation/admin-guide/cgroup-v2.rst). Each run has a fresh one
// below the box's, since memory.peak could not be reset before Linux 6.12 and clone3 puts a process
// into a group for nothing.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/cgroup_files.h"
#include "sandbox/cgroups.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

constexpr int kOurProcesses = 1;  // process 1

class BoxCgroupV2 final : public BoxCgroup {
 public:
  explicit BoxCgroupV2(FileDescriptor box) : box_(std::move(box)) {}

  Result<void> begin(const Limits& limits) override;
  Result<CgroupUse> use() const override;
  Result<void> begin_again() override;
  void end() override;
  int birthplace() const override { return directory_.get(); }
  int cpu_clock() const override { return cpu_.get(); }
  bool cpu_clock_is_v2() const override { return true; }

 private:
  std::string run_name() const { return "run-" + std::to_string(runs_); }

  FileDescriptor box_;  // the supervisor has left the tree in which it had a path
  std::uint64_t runs_ = 0;
  std::uint64_t kills_before_ = 0;
  FileDescriptor directory_, cpu_, peak_, events_;
};

Result<void> BoxCgroupV2::begin(const Limits& limits) {
  ++runs_;
  const std::string run = run_name();
  if (mkdirat(box_.get(), run.c_str(), 0755) != 0) return os_error("cgroup " + run);
  const std::pair<const char*, std::string> kSettings[] = {
      {"/memory.max", std::to_string(limits.memory)},
      {"/pids.max", std::to_string(limits.processes + kOurProcesses)},
  };
  for (const auto& [name, value] : kSettings) {
    if (Result<void> set = write_cgroup_file(run + name, value, box_.get()); !set) return set;
  }
  // Absent where the kernel knows no swap.
  (void)write_cgroup_file(run + "/memory.swap.max", "0", box_.get());
  const struct {
    FileDescriptor* file;
    const char* name;
    int flags;
  } kFiles[] = {{&directory_, "/", O_RDONLY | O_DIRECTORY},
                {&cpu_, "/cpu.stat", O_RDONLY},
                {&events_, "/memory.events", O_RDONLY}};
  for (const auto& [file, name, flags] : kFiles) {
    Result<FileDescriptor> opened = open_cgroup_file(run + name, flags, box_.get());
    if (!opened) return opened.error();
    *file = std::move(*opened);
  }
  kills_before_ = 0;
  // Since Linux 6.12 it can be written to.
  for (const int flags : {O_RDWR, O_RDONLY}) {
    Result<FileDescriptor> opened = open_cgroup_file(run + "/memory.peak", flags, box_.get());
    if (!opened && flags == O_RDONLY) return opened.error();
    if (!opened) continue;
    peak_ = std::move(*opened);
    break;
  }
  return {};
}

Result<void> BoxCgroupV2::begin_again() {
  const Result<std::uint64_t> kills = read_cgroup_number(events_, "memory.events", "oom_kill");
  if (!kills) return kills.error();
  kills_before_ = *kills;
  (void)write_cgroup_file(peak_, "memory.peak", "0");
  return {};
}

Result<CgroupUse> BoxCgroupV2::use() const {
  const Result<std::uint64_t> cpu_us = read_cgroup_number(cpu_, "cpu.stat", "usage_usec");
  if (!cpu_us) return cpu_us.error();
  const Result<Bytes> peak = read_cgroup_number(peak_, "memory.peak");
  if (!peak) return peak.error();
  const Result<std::uint64_t> kills = read_cgroup_number(events_, "memory.events", "oom_kill");
  if (!kills) return kills.error();
  return CgroupUse{.cpu_ns = static_cast<std::int64_t>(*cpu_us * 1000),
                   .peak = *peak,
                   .out_of_memory = *kills > kills_before_};
}

void BoxCgroupV2::end() {
  const std::string run = run_name();
  const auto removed = [&] { return unlinkat(box_.get(), run.c_str(), AT_REMOVEDIR) == 0; };
  for (FileDescriptor* file : {&directory_, &cpu_, &peak_, &events_}) file->close();
  // Process 1 is gone and the rest with it; the group may stay busy for the moment that takes.
  if (removed() || errno != EBUSY) return;
  (void)write_cgroup_file(run + "/cgroup.kill", "1", box_.get());
  for (int attempt = 0; attempt < 100 && !removed() && errno == EBUSY; ++attempt) usleep(1000);
}

}  // namespace

Result<std::unique_ptr<BoxCgroup>> make_box_cgroup_v2(const CgroupPlan& plan,
                                                      const std::string& name) {
  const std::string path = plan.unified + "/" + name;
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return os_error(path);
  Result<void> handed = write_cgroup_file(path + "/cgroup.subtree_control", "+memory +pids");
  if (!handed) return handed.error();
  Result<FileDescriptor> directory = open_cgroup_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  return std::unique_ptr<BoxCgroup>(std::make_unique<BoxCgroupV2>(std::move(*directory)));
}

}  // namespace proctor::sandbox
