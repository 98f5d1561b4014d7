// What proctor tells the shell; DESIGN section 4.
#pragma once

#include "harness/core/result.h"

namespace proctor::harness {

enum ExitCode : int {
  kDone = 0,
  kGateFailed = 1,
  kBadUsage = 2,
  kIncomplete = 3,
  kCannot = 4,
  kInterrupted = 130,
};

ExitCode exit_code_for(const Error& error);

// Says on stderr what went wrong and returns the exit code for it.
ExitCode fail(const Error& error);

}  // namespace proctor::harness
