// Against the kernel: calls that a box has no use for, ways around the filter, ways out by network.
#include <arpa/inet.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "tests/sandbox/attacker/attacks.h"

namespace attacker {

namespace {

void tell(const char* what, long returned) {
  std::printf("%s: %s\n", what, returned >= 0 ? "done" : strerrorname_np(errno));
}

template <class... Arguments>
void try_call(const char* name, long number, Arguments... arguments) {
  tell(name, syscall(number, arguments...));
}

int call_forbidden() {
  std::uint64_t zeros[32] = {};
  const pid_t other = 1;
  try_call("ptrace", SYS_ptrace, PTRACE_ATTACH, other, 0, 0);
  try_call("process_vm_readv", SYS_process_vm_readv, other, zeros, 1, zeros, 1, 0);
  try_call("process_vm_writev", SYS_process_vm_writev, other, zeros, 1, zeros, 1, 0);
  try_call("pidfd_getfd", SYS_pidfd_getfd, 0, 0, 0);
  try_call("kcmp", SYS_kcmp, other, getpid(), 0, 0, 0);
  try_call("perf_event_open", SYS_perf_event_open, zeros, 0, -1, -1, 0);
  try_call("io_uring_setup", SYS_io_uring_setup, 1, zeros);
  try_call("keyctl", SYS_keyctl, 0, -3, 1);
  try_call("add_key", SYS_add_key, "user", "x", "y", 1, -3);
  try_call("unshare user", SYS_unshare, CLONE_NEWUSER);
  try_call("unshare mount", SYS_unshare, CLONE_NEWNS);
  try_call("setns", SYS_setns, 0, 0);
  try_call("clone user", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  try_call("clone net", SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
  try_call("clone3", SYS_clone3, zeros, 88);
  try_call("userfaultfd", SYS_userfaultfd, 0);
  try_call("bpf", SYS_bpf, 0, zeros, 64);
  try_call("kexec_load", SYS_kexec_load, 0, 0, zeros, 0);
  try_call("init_module", SYS_init_module, zeros, 8, "");
  try_call("reboot", SYS_reboot, 0xfee1dead, 672274793, 0, 0);
  try_call("swapon", SYS_swapon, "/box", 0);
  try_call("quotactl", SYS_quotactl, 0, "/", 0, zeros);
  try_call("open_by_handle_at", SYS_open_by_handle_at, 0, zeros, 0);
  try_call("clock_settime", SYS_clock_settime, 0, zeros);
  try_call("personality", SYS_personality, 0x0040000);  // ADDR_NO_RANDOMIZE
  try_call("sethostname", SYS_sethostname, "x", 1);
  try_call("setuid", SYS_setuid, 0);
  try_call("setgid", SYS_setgid, 0);
  try_call("setgroups", SYS_setgroups, 0, nullptr);
  return 0;
}

void try_socket(const char* name, int family, int type, int protocol) {
  const int descriptor = socket(family, type, protocol);
  tell(name, descriptor);
  if (descriptor >= 0) close(descriptor);
}

int open_sockets() {
  try_socket("inet", AF_INET, SOCK_STREAM, 0);
  try_socket("inet6", AF_INET6, SOCK_DGRAM, 0);
  try_socket("netlink", AF_NETLINK, SOCK_RAW, 0);
  try_socket("packet", AF_PACKET, SOCK_RAW, 0);
  try_socket("vsock", AF_VSOCK, SOCK_STREAM, 0);
  try_socket("alg", AF_ALG, SOCK_SEQPACKET, 0);
  try_socket("unix", AF_UNIX, SOCK_STREAM, 0);
  return 0;
}

// A name that the test has bound outside.
int connect_to_judge() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path + 1, "proctor-sandbox-test");
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                           std::strlen("proctor-sandbox-test"));
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  tell("connect", connect(descriptor, reinterpret_cast<sockaddr*>(&address), size));
  return 0;
}

// 32-bit system calls have other numbers; the filter must not look them up as 64-bit ones.
int call_as_32_bit() {
#ifdef __x86_64__
  long number = 20;  // getpid there
  asm volatile("int $0x80" : "+a"(number) : : "memory");
  std::printf("answered %ld\n", number);
#endif
  return 0;
}

int call_as_x32() {
  std::printf("answered %ld\n", syscall(0x40000000 | SYS_getpid));
  return 0;
}

int tell_rights() {
  __user_cap_header_struct header{};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  __user_cap_data_struct data[2]{};
  syscall(SYS_capget, &header, data);
  const bool any = (data[0].permitted | data[1].permitted | data[0].effective | data[1].effective |
                    data[0].inheritable | data[1].inheritable) != 0;
  bool bounded = true;
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    bounded = bounded && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0;
  }
  std::printf("capabilities %s, bounding set %s, no_new_privs %d, seccomp %d, uid %s\n",
              any ? "some" : "none", bounded ? "empty" : "not empty",
              prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
              geteuid() == 0 ? "0" : "other");
  return 0;
}

// Leaves a segment behind, or finds one.
int share_segment() {
  const bool found = shmget(0x70726f63, 4096, 0600) >= 0;
  std::printf("%s\n", found ? "found" : "absent");
  tell("shmget", shmget(0x70726f63, 4096, IPC_CREAT | 0600));
  return 0;
}

}  // namespace

std::span<const Attack> kernel_attacks() {
  static constexpr Attack kAttacks[] = {
      {"call_forbidden", call_forbidden},     {"open_sockets", open_sockets},
      {"connect_to_judge", connect_to_judge}, {"call_as_32_bit", call_as_32_bit},
      {"call_as_x32", call_as_x32},           {"tell_rights", tell_rights},
      {"share_segment", share_segment},
  };
  return kAttacks;
}

}  // namespace attacker
