// check(condition): a bug of ours stops the program here and says where.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace proctor {

inline void check(bool condition, std::source_location where = std::source_location::current()) {
  if (condition) return;
  std::fprintf(stderr, "%s:%u: check failed in %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace proctor
