// What process 1 of a box tells the supervisor: a few numbers in memory that the two share.
//
// Written by process 1 (and, before it has become the program, by its child), read by the
// supervisor once process 1 is gone, so that neither ever waits for the other. Times are of
// CLOCK_MONOTONIC. The layout is fixed: it may be written by something that is not this file.
#pragma once

#include <cstdint>

namespace proctor::sandbox {

enum class Phase : std::int32_t {
  entering = 0,  // the program does not run yet
  failed = 1,    // at `step`, with `error`: it never ran
  running = 2,
  ended = 3,  // `wait_status` and all below it hold
};

struct RunStatus {
  Phase phase = Phase::entering;
  std::int32_t error = 0;
  char step[48] = {};
  std::int64_t started_ns = 0;
  std::int64_t cpu_at_start_ns = 0;  // what the cgroup's clock said; 0 without one
  std::int64_t ended_ns = 0;
  std::int64_t cpu_ns = 0;      // of the program and all that process 1 reaped
  std::int64_t peak_bytes = 0;  // the largest resident set among them
  std::int32_t wait_status = 0;
  std::int32_t unused = 0;
};
static_assert(sizeof(RunStatus) == 104);

}  // namespace proctor::sandbox
