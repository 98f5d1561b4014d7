#include "backends/engine/free_memory.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;

TEST_CASE("free memory is what is available and no more than a container may have") {
  constexpr const char* kMeminfo =
      "MemTotal:        8000000 kB\n"
      "MemFree:          100000 kB\n"
      "MemAvailable:    4000000 kB\n"
      "Buffers:          200000 kB\n";
  constexpr std::size_t kAvailable = std::size_t{4'000'000} * 1024;
  struct Row {
    const char* meminfo;
    const char* version_2;  // null: no such file
    const char* version_1;
    std::size_t bytes;
  };
  constexpr Row kRows[] = {{kMeminfo, nullptr, nullptr, kAvailable},
                           {kMeminfo, "max\n", nullptr, kAvailable},
                           {kMeminfo, "1073741824\n", nullptr, 1 << 30},
                           {kMeminfo, "1099511627776\n", nullptr, kAvailable},
                           {kMeminfo, nullptr, "9223372036854771712\n", kAvailable},
                           {kMeminfo, nullptr, "1048576\n", 1 << 20},
                           {kMeminfo, "", nullptr, kAvailable},
                           {"MemTotal: 1 kB\n", "1048576\n", nullptr, 0},
                           {"", nullptr, nullptr, 0}};
  for (const Row& row : kRows) {
    CAPTURE(&row - kRows);
    const support::TempDir root;
    root.write("proc/meminfo", row.meminfo);
    if (row.version_2 != nullptr) root.write("sys/fs/cgroup/memory.max", row.version_2);
    if (row.version_1 != nullptr) {
      root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", row.version_1);
    }
    CHECK(free_memory(root.path()) == row.bytes);
  }
}

TEST_CASE("this machine has memory") { CHECK(free_memory() > 1 << 20); }
