#include "backends/engine/free_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace proctor::engine {
namespace {

std::size_t available(const std::filesystem::path& meminfo) {
  std::ifstream file(meminfo);
  std::string name;
  std::size_t kib = 0;
  for (std::string unit; file >> name >> kib; std::getline(file, unit)) {
    if (name == "MemAvailable:") return kib * 1024;
  }
  return 0;
}

}  // namespace

std::size_t free_memory(const std::filesystem::path& root) {
  std::size_t bytes = available(root / "proc/meminfo");
  // What is used of a limit is not taken off: much of it is files, such as weights that were read.
  for (const char* limit : {"memory.max", "memory/memory.limit_in_bytes"}) {
    std::ifstream file(root / "sys/fs/cgroup" / limit);
    std::size_t most = 0;
    if (file >> most) bytes = std::min(bytes, most);  // no number, "max": no limit
  }
  return bytes;
}

}  // namespace proctor::engine
