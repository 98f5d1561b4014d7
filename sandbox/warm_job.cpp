#include "sandbox/warm_job.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "harness/core/file_descriptor.h"

namespace proctor::sandbox {

namespace {

std::string joined_arguments(const Launch& launch) {
  std::string joined;
  for (char* const* argument = launch.arguments; *argument != nullptr; ++argument) {
    joined.append(*argument).push_back('\0');
  }
  return joined;
}

template <class T>
void append_bytes(std::string& message, const T* values, std::size_t count) {
  message.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

std::string encode_job(const Launch& launch) {
  const std::string arguments = joined_arguments(launch);
  WarmJob job{};
  job.identity = launch.identity;
  job.limits = static_cast<std::uint32_t>(launch.resource_limits.size());
  job.filter = static_cast<std::uint32_t>(launch.syscall_filter.size());
  job.argument_bytes = static_cast<std::uint32_t>(arguments.size());
  job.cpu_clock_is_v2 = launch.cpu_clock_is_v2;
  job.has_report = launch.report >= 0;
  job.has_landlock = launch.landlock_rules >= 0;
  job.has_cpu_clock = launch.cpu_clock >= 0;
  job.has_cgroup = launch.cgroup >= 0;
  std::string message;
  append_bytes(message, &job, 1);
  append_bytes(message, launch.resource_limits.data(), launch.resource_limits.size());
  append_bytes(message, launch.syscall_filter.data(), launch.syscall_filter.size());
  return message + arguments;
}

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

StepFailure hand_over(const Launch& launch) {
  const FileDescriptor self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (!self.is_open()) return {"pidfd of process 1", errno};
  int descriptors[kWarmDescriptors] = {self.get(), launch.status_file, launch.input, launch.output,
                                       launch.error_output};
  std::size_t count = 5;
  for (const int optional :
       {launch.report, launch.landlock_rules, launch.cpu_clock, launch.cgroup}) {
    if (optional >= 0) descriptors[count++] = optional;
  }

  std::string text = encode_job(launch);
  if (text.size() > kMaxWarmJob) return {"job for the warm interpreter", EMSGSIZE};
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  if (sendmsg(launch.warm, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    return {"job for the warm interpreter", errno};
  }
  return {};
}

void reap_until_killed(RunStatus& status) {
  // A signal that process 1 has no handler for would be dropped: blocked, it can be waited for.
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  for (;;) {
    rusage used{};
    if (wait4(-1, nullptr, __WALL | WNOHANG, &used) > 0) {
      std::atomic_ref(status.cpu_ns) += nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
    } else {
      sigwaitinfo(&child_ended, nullptr);
    }
  }
}

}  // namespace proctor::sandbox
