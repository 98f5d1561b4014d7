#include "sandbox/box.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "sandbox/namespaces.h"
#include "sandbox/os_error.h"
#include "sandbox/process_one.h"

namespace proctor::sandbox {

SharedStatus::SharedStatus(FileDescriptor file, RunStatus* status)
    : file_(std::move(file)), status_(status) {}

SharedStatus::SharedStatus(SharedStatus&& other) noexcept
    : file_(std::move(other.file_)), status_(std::exchange(other.status_, nullptr)) {}

SharedStatus::~SharedStatus() {
  if (status_ != nullptr) munmap(status_, sizeof(RunStatus));
}

Result<SharedStatus> SharedStatus::make() {
  FileDescriptor file(memfd_create("status", MFD_CLOEXEC));
  if (!file.is_open() || ftruncate(file.get(), sizeof(RunStatus)) != 0) return os_error("status");
  void* memory =
      mmap(nullptr, sizeof(RunStatus), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return os_error("status");
  return SharedStatus(std::move(file), static_cast<RunStatus*>(memory));
}

Result<Box> make_box(const SandboxPlan& plan, int number, const std::string& cgroup_name) {
  Result<SharedStatus> status = SharedStatus::make();
  if (!status) return status.error();
  Box box{.status = std::move(*status)};
  box.self = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!box.self.is_open()) return os_error("pidfd_open");

  box.oom_score = OomScore::of_this_process();

  Result<std::unique_ptr<BoxCgroup>> cgroup = make_box_cgroup(plan.cgroups, cgroup_name);
  if (!cgroup) return cgroup.error();
  box.cgroup = std::move(*cgroup);
  box.identity = plan.identities.of_box(number);
  Result<void> entered = enter_supervisor_namespaces(box.identity);
  if (!entered) return entered.error();
  box.host_mounts = FileDescriptor(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!box.host_mounts.is_open()) return os_error("/proc/self/ns/mnt");
  return box;
}

Result<void> make_roots(Box& box, const SandboxPlan& plan, Proc proc) {
  for (const Root kind : {Root::empty, Root::compiler, Root::python}) {
    Result<PreparedRoot> root = make_root(kind, {plan.shared_folder, proc}, box.host_mounts);
    if (!root) return root.error();
    box.roots[static_cast<std::size_t>(kind)] = std::move(*root);
  }
  return {};
}

}  // namespace proctor::sandbox
