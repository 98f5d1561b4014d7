#include "sandbox/warm_job.h"

#include <string>
#include <vector>

#include "sandbox/protocol.h"

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
  job.own_proc = launch.own_proc;
  job.cpu_clock_is_v2 = launch.cpu_clock_is_v2;
  job.has_landlock = launch.landlock_rules >= 0;
  job.has_cpu_clock = launch.cpu_clock >= 0;
  job.has_cgroup = launch.cgroup >= 0;
  std::string message;
  append_bytes(message, &job, 1);
  append_bytes(message, launch.resource_limits.data(), launch.resource_limits.size());
  append_bytes(message, launch.syscall_filter.data(), launch.syscall_filter.size());
  return message + arguments;
}

}  // namespace

Result<void> send_warm_job(int socket, int server, const Launch& launch) {
  std::vector<int> descriptors = {server, launch.status_file, launch.disk, launch.supervisor};
  for (const int optional : {launch.landlock_rules, launch.cpu_clock, launch.cgroup}) {
    if (optional >= 0) descriptors.push_back(optional);
  }
  return send_message(socket, encode_job(launch), descriptors);
}

}  // namespace proctor::sandbox
