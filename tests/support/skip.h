// SKIP("needs X: Y is missing"): ends a test case that this machine cannot run. ctest reports it
// as skipped (SKIP_REGULAR_EXPRESSION in tests/CMakeLists.txt), by name and with this reason.
#pragma once

#include <cstdio>

#define SKIP(reason)                         \
  do {                                       \
    std::printf("[skipped] %s\n", (reason)); \
    return;                                  \
  } while (false)
