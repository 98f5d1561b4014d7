// What a supervisor and the process 1 of a warm box say to each other.
//
// That process is the warm interpreter's memory in a box of its own: it compiles the program, never
// runs any of it, and then forks once for each test that the supervisor hands it. It has read what
// a stranger wrote, so nothing rests on its word but how a test ended, which is the program's to
// choose anyway: times and memory are measured from outside where a control group is, inputs come
// one at a time, and expected outputs come never (README.md, "Runs of one series").
//
//   server -> supervisor   ServerReady, once, when everything before the first test is done
//   supervisor -> server   kNextTest, with stdin, stdout, stderr and perhaps the report
//   server -> supervisor   TestEnded, when the test's first process has
//
// The socket keeps messages apart (SOCK_SEQPACKET). Both ends come from the same build, so values
// travel as they lie in memory.
#pragma once

#include <cstdint>

namespace proctor::sandbox {

constexpr char kNextTest = 't';
constexpr char kNotBegun = 'n';  // in place of TestEnded, from a test's process that is not ready

struct ServerReady {
  std::int64_t cpu_ns = 0;  // that it took since its fences stood
};

struct TestEnded {
  std::int64_t cpu_ns = 0;      // of the process and of those that it waited for
  std::int64_t peak_bytes = 0;  // the largest resident set among them
  std::int32_t wait_status = 0;
  bool alone = false;  // no process of the test is left, nor any System V object
};

}  // namespace proctor::sandbox
