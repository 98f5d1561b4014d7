#include "sandbox/clocks.h"

#include <time.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace proctor::sandbox {

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t read_cpu_clock(int file, bool is_v2) {
  char buffer[256];
  const ssize_t size = pread(file, buffer, sizeof buffer, 0);
  if (size <= 0) return -1;
  std::string_view text(buffer, static_cast<std::size_t>(size));
  if (is_v2) {
    // Its first line (cgroup-v2, "CPU Interface Files"): "usage_usec N".
    constexpr std::string_view kKey = "usage_usec ";
    const std::size_t at = text.find(kKey);
    if (at == std::string_view::npos) return -1;
    text.remove_prefix(at + kKey.size());
  }
  std::int64_t value = -1;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return -1;
  return is_v2 ? value * 1000 : value;
}

}  // namespace proctor::sandbox
