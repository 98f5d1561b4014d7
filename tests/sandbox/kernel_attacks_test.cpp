// Threats to the kernel and the network (reference/code_judging.md, section 3.3).
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <string>

#include "harness/core/check.h"
#include "harness/core/file_descriptor.h"
#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

namespace proctor::sandbox::test {

namespace {

// "name: what" by name.
std::map<std::string, std::string> told(const std::string& output) {
  std::map<std::string, std::string> all;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    const std::size_t colon = line.rfind(": ");
    if (colon != std::string::npos) all[line.substr(0, colon)] = line.substr(colon + 2);
    at = end + 1;
  }
  return all;
}

}  // namespace

TEST_CASE("system calls that reach past a box are denied") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("call_forbidden"));
  CHECK(run.ending == Ending::exited);
  const auto answers = told(run.output);
  constexpr const char* kDenied[] = {"ptrace",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "pidfd_getfd",
                                     "kcmp",
                                     "unshare user",
                                     "unshare mount",
                                     "setns",
                                     "clone user",
                                     "clone net",
                                     "bpf",
                                     "kexec_load",
                                     "init_module",
                                     "reboot",
                                     "swapon",
                                     "quotactl",
                                     "open_by_handle_at",
                                     "clock_settime",
                                     "personality",
                                     "sethostname",
                                     "setuid",
                                     "setgid",
                                     "setgroups",
                                     "perf_event_open"};
  constexpr const char* kUnknown[] = {"io_uring_setup", "keyctl", "add_key", "clone3",
                                      "userfaultfd"};
  CHECK(answers.size() == std::size(kDenied) + std::size(kUnknown));
  for (const char* call : kDenied) {
    CAPTURE(call);
    // An id that the user namespace does not map is invalid before it is denied.
    const bool unmapped = std::strncmp(call, "set", 3) == 0 && answers.at(call) == "EINVAL";
    CHECK((answers.at(call) == "EPERM" || unmapped));
  }
  for (const char* call : kUnknown) {
    CAPTURE(call);
    CHECK(answers.at(call) == "ENOSYS");
  }
}

TEST_CASE("there are local sockets and no others") {
  REQUIRE_SANDBOX();
  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("open_sockets"));
  const auto answers = told(run.output);
  CHECK(answers.size() == 7);
  for (const auto& [family, answer] : answers) {
    CAPTURE(family);
    CHECK(answer == (family == "unix" ? "done" : "EAFNOSUPPORT"));
  }
}

TEST_CASE("an abstract socket of the judge cannot be reached") {
  REQUIRE_SANDBOX();
  constexpr std::string_view kName = "proctor-sandbox-test";
  const FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, kName.data(), kName.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kName.size());
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  REQUIRE(bind(listener.get(), name, size) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);
  const FileDescriptor outside(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(connect(outside.get(), name, size) == 0);  // it is there

  const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("connect_to_judge"));
  CHECK(run.output == "connect: ECONNREFUSED\n");
}

TEST_CASE("system calls of other architectures kill") {
  REQUIRE_SANDBOX();
  for (const char* attack : {"call_as_32_bit", "call_as_x32"}) {
    CAPTURE(attack);
    const ProgramRun run = run_then_normal(*shared_sandbox(), attacker(attack));
    CHECK(run.ending == Ending::signalled);
    CHECK(run.signal == SIGSYS);
    CHECK(run.output.empty());
  }
}

TEST_CASE("a program has no rights and cannot get any") {
  REQUIRE_SANDBOX();
  CHECK(run_then_normal(*shared_sandbox(), attacker("tell_rights")).output ==
        "capabilities none, bounding set empty, no_new_privs 1, seccomp 2, uid other\n");
}

TEST_CASE("segments of shared memory do not outlive their run") {
  REQUIRE_SANDBOX();
  const bool counted = has_layer(*shared_sandbox(), "cgroup");
  for (int i = 0; i < 4; ++i) {
    const ProgramRun run = run_then_normal(*shared_sandbox(), attacker("share_segment"));
    CHECK(run.output == (counted ? "absent\nshmget: done\n" : "absent\nshmget: ENOSYS\n"));
  }
}

}  // namespace proctor::sandbox::test
