// The two clocks of a run: wall time, and the CPU time that a cgroup has used.
//
// Usable after fork: nothing allocates.
#pragma once

#include <cstdint>

namespace proctor::sandbox {

// CLOCK_MONOTONIC in nanoseconds, the same in every process.
std::int64_t monotonic_ns();

// What an open cpuacct.usage (v1) or cpu.stat (v2) says, in nanoseconds; negative: unreadable.
std::int64_t read_cpu_clock(int file, bool is_v2);

}  // namespace proctor::sandbox
