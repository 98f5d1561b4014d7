#include "sandbox/limits.h"

#include <sys/resource.h>

#include <algorithm>

namespace proctor::sandbox {

namespace {

constexpr rlim_t kOpenFiles = 64;

// The hard limit that the caller inherited; raising it takes a right that root may lack.
rlim_t ceiling_of(int resource) {
  rlimit current{};
  return getrlimit(static_cast<__rlimit_resource>(resource), &current) == 0 ? current.rlim_max
                                                                            : RLIM_INFINITY;
}

ResourceLimit limited(int resource, rlim_t soft, rlim_t hard) {
  const rlim_t ceiling = ceiling_of(resource);
  return {resource, {.rlim_cur = std::min(soft, ceiling), .rlim_max = std::min(hard, ceiling)}};
}

ResourceLimit limited(int resource, rlim_t value) { return limited(resource, value, value); }

}  // namespace

Limits with_defaults(const Limits& limits) {
  Limits full = limits;
  if (full.wall.count() == 0) {
    full.wall = std::max(2 * full.cpu, full.cpu + std::chrono::milliseconds(1000));
  }
  if (full.stack == 0) full.stack = full.memory - full.memory / 8;
  return full;
}

std::vector<ResourceLimit> resource_limits(const Limits& limits, bool has_cgroup,
                                           int processes_of_ours) {
  using std::chrono::ceil;
  using std::chrono::seconds;
  const auto cpu =
      static_cast<rlim_t>(std::max<std::int64_t>(ceil<seconds>(limits.cpu).count(), 1));
  const auto processes = static_cast<rlim_t>(limits.processes + processes_of_ours);
  // The kernel counts in ticks, and time that another guest of the machine had: on a busy one far
  // too much. Where there is a better clock (watch.h) its limit only comes in long after that.
  // SIGXCPU may be caught; a second later it kills.
  const rlim_t kernel_cpu = (has_cgroup ? 2 * cpu : cpu) + 1;
  std::vector<ResourceLimit> all = {
      limited(RLIMIT_CPU, kernel_cpu, kernel_cpu + 1),
      limited(RLIMIT_NPROC, processes),
      limited(RLIMIT_FSIZE, limits.disk),
      limited(RLIMIT_NOFILE, kOpenFiles),
      limited(RLIMIT_CORE, 0),
      limited(RLIMIT_MEMLOCK, 0),
      limited(RLIMIT_RTPRIO, 0),
      limited(RLIMIT_NICE, 0),
  };
  if (has_cgroup) {
    all.push_back(limited(RLIMIT_STACK, limits.stack));
    return all;
  }
  // Every thread reserves address space for a stack of the main one's size (pthread_create(3)), so
  // there must be room for several; what was really used is compared with the limit afterwards.
  constexpr rlim_t kRuntime = 64U << 20;
  all.push_back(limited(RLIMIT_STACK, std::min<rlim_t>(limits.stack, limits.memory / 2)));
  all.push_back(limited(RLIMIT_AS, 2 * limits.memory + kRuntime));
  return all;
}

}  // namespace proctor::sandbox
