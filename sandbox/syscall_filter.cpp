#include "sandbox/syscall_filter.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "harness/core/file_descriptor.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

struct DeniedCall {
  const char* name;  // calls that this architecture or libseccomp does not know are passed over
  int answer;        // ENOSYS where libraries then try something older, EPERM otherwise
};

// By what they would reach. Names rather than numbers, so that the table serves every architecture.
constexpr DeniedCall kDenied[] = {
    // other processes
    {"ptrace", EPERM},
    {"process_vm_readv", EPERM},
    {"process_vm_writev", EPERM},
    {"process_madvise", EPERM},
    {"pidfd_getfd", EPERM},
    {"kcmp", EPERM},
    {"perf_event_open", EPERM},
    {"migrate_pages", EPERM},
    {"move_pages", EPERM},
    // namespaces; clone's flags are looked at below, clone3's cannot be, and glibc does without it
    {"unshare", EPERM},
    {"setns", EPERM},
    {"clone3", ENOSYS},
    // io_uring opens files and sockets behind the filter's back
    {"io_uring_setup", ENOSYS},
    {"io_uring_enter", ENOSYS},
    {"io_uring_register", ENOSYS},
    // keyrings belong to users and sessions, not to namespaces
    {"keyctl", ENOSYS},
    {"add_key", ENOSYS},
    {"request_key", ENOSYS},
    // queues outlive who made them, and nobody counts them; so does a socket that is on its way
    // through itself, with its name and the files beside it (unix(7), SCM_RIGHTS)
    {"mq_open", ENOSYS},
    {"sendmsg", EPERM},
    {"sendmmsg", EPERM},
    // what the host and other boxes open below /usr
    {"inotify_init", ENOSYS},
    {"inotify_init1", ENOSYS},
    // the tree of mounts
    {"mount", EPERM},
    {"umount2", EPERM},
    {"pivot_root", EPERM},
    {"chroot", EPERM},
    {"open_tree", EPERM},
    {"open_tree_attr", EPERM},
    {"move_mount", EPERM},
    {"fsopen", EPERM},
    {"fsconfig", EPERM},
    {"fsmount", EPERM},
    {"fspick", EPERM},
    {"mount_setattr", EPERM},
    {"quotactl", EPERM},
    {"quotactl_fd", EPERM},
    {"swapon", EPERM},
    {"swapoff", EPERM},
    {"fanotify_init", EPERM},
    {"lookup_dcookie", EPERM},
    // files by number instead of by name would pass by the root
    {"open_by_handle_at", EPERM},
    {"name_to_handle_at", EPERM},
    // the kernel itself
    {"bpf", EPERM},
    {"userfaultfd", ENOSYS},
    {"kexec_load", EPERM},
    {"kexec_file_load", EPERM},
    {"init_module", EPERM},
    {"finit_module", EPERM},
    {"delete_module", EPERM},
    {"reboot", EPERM},
    {"syslog", EPERM},
    {"acct", EPERM},
    {"iopl", EPERM},
    {"ioperm", EPERM},
    {"modify_ldt", ENOSYS},
    {"vhangup", EPERM},
    {"uselib", ENOSYS},
    {"nfsservctl", ENOSYS},
    // names and time of the machine
    {"sethostname", EPERM},
    {"setdomainname", EPERM},
    {"settimeofday", EPERM},
    {"stime", EPERM},
    {"clock_settime", EPERM},
    {"clock_adjtime", EPERM},
    {"adjtimex", EPERM},
};

// Memory that belongs to no process: files without a name, and segments that nobody has attached.
constexpr DeniedCall kUncountedMemory[] = {
    {"memfd_create", ENOSYS},
    {"memfd_secret", ENOSYS},
    {"shmget", ENOSYS},
};

constexpr std::uint64_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t deny(int error) { return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)); }

int deny_calls(scmp_filter_ctx context, std::span<const DeniedCall> calls) {
  for (const DeniedCall& call : calls) {
    const int number = seccomp_syscall_resolve_name(call.name);
    // Negative numbers stand for calls of other architectures.
    if (number < 0) continue;
    const int error = seccomp_rule_add(context, deny(call.answer), number, 0);
    if (error != 0) return error;
  }
  return 0;
}

int deny_new_namespaces(scmp_filter_ctx context) {
  // s390 has clone's flags second; on the rest of Linux they come first (clone(2), NOTES).
  for (std::uint64_t flag = 1; flag <= kNewNamespaces; flag <<= 1) {
    if ((kNewNamespaces & flag) == 0) continue;
    const int error = seccomp_rule_add(context, deny(EPERM), SCMP_SYS(clone), 1,
                                       SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
    if (error != 0) return error;
  }
  return 0;
}

// Local sockets only: the network namespace has no interface, but AF_VSOCK is in no namespace and
// leads out of a virtual machine, and netlink is a wide road into the kernel.
int deny_sockets(scmp_filter_ctx context) {
  const int error = seccomp_rule_add(context, deny(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                     SCMP_A0_32(SCMP_CMP_NE, AF_UNIX));
  if (error != 0) return error;
  return seccomp_rule_add(context, deny(EAFNOSUPPORT), SCMP_SYS(socketpair), 1,
                          SCMP_A0_32(SCMP_CMP_NE, AF_UNIX));
}

// What processes of one user may do to each other, and thereby to process 1 of a warm box, whose
// settings its next children would have: limits and scheduling are one's own affair. 0 is oneself.
int deny_settings_of_others(scmp_filter_ctx context) {
  for (const int call :
       {SCMP_SYS(prlimit64), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setscheduler),
        SCMP_SYS(sched_setparam), SCMP_SYS(sched_setattr)}) {
    const int error = seccomp_rule_add(context, deny(EPERM), call, 1, SCMP_A0_32(SCMP_CMP_NE, 0));
    if (error != 0) return error;
  }
  constexpr unsigned kPriorityOfProcess = 0;    // PRIO_PROCESS
  constexpr unsigned kIoPriorityOfProcess = 1;  // IOPRIO_WHO_PROCESS
  for (const auto& [call, process] : {std::pair{SCMP_SYS(setpriority), kPriorityOfProcess},
                                      std::pair{SCMP_SYS(ioprio_set), kIoPriorityOfProcess}}) {
    int error = seccomp_rule_add(context, deny(EPERM), call, 1, SCMP_A0_32(SCMP_CMP_NE, process));
    if (error == 0) {
      error = seccomp_rule_add(context, deny(EPERM), call, 1, SCMP_A1_32(SCMP_CMP_NE, 0));
    }
    if (error != 0) return error;
  }
  return 0;
}

// personality(0xffffffff) only asks; anything else may undo the layout of memory.
int deny_personalities(scmp_filter_ctx context) {
  return seccomp_rule_add(context, deny(EPERM), SCMP_SYS(personality), 1,
                          SCMP_A0_32(SCMP_CMP_NE, 0xffffffffU));
}

Result<std::vector<sock_filter>> exported(scmp_filter_ctx context) {
  const FileDescriptor file(memfd_create("filter", MFD_CLOEXEC));
  if (!file.is_open()) return os_error("seccomp filter");
  if (const int error = seccomp_export_bpf(context, file.get()); error != 0) {
    return os_error("seccomp filter", -error);
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return os_error("seccomp filter");
  std::vector<sock_filter> filter(static_cast<std::size_t>(status.st_size) / sizeof(sock_filter));
  if (pread(file.get(), filter.data(), filter.size() * sizeof(sock_filter), 0) != status.st_size) {
    return os_error("seccomp filter");
  }
  return filter;
}

}  // namespace

Result<std::vector<sock_filter>> build_syscall_filter(bool memory_is_counted) {
  const Context context(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (context == nullptr) return Error(ErrorCode::unavailable, "seccomp filter: seccomp_init");
  // A call made as another architecture's (32-bit, x32) would be looked up under the wrong number.
  int error = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // A binary tree over the numbers instead of a list: most calls are on none.
  if (error == 0) error = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (error == 0) error = deny_calls(context.get(), kDenied);
  if (error == 0 && !memory_is_counted) error = deny_calls(context.get(), kUncountedMemory);
  for (const auto add :
       {deny_new_namespaces, deny_sockets, deny_settings_of_others, deny_personalities}) {
    if (error == 0) error = add(context.get());
  }
  if (error != 0) return os_error("seccomp filter", -error);
  return exported(context.get());
}

int apply_syscall_filter(std::span<const sock_filter> filter) {
  // The kernel only reads through the pointer.
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = const_cast<sock_filter*>(filter.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}  // namespace proctor::sandbox
