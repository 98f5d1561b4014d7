#include "backends/remote/watchdog.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace proctor::backends {
namespace {

constexpr std::size_t kMostNamed = 5;

std::string time_of_day(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02} UTC", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string describe_stuck(std::span<const StuckSample> samples) {
  std::vector<const StuckSample*> order;
  for (const StuckSample& sample : samples) order.push_back(&sample);
  std::stable_sort(
      order.begin(), order.end(),
      [](const StuckSample* one, const StuckSample* other) { return one->silent > other->silent; });
  std::string text;
  for (std::size_t i = 0; i < std::min(order.size(), kMostNamed); ++i) {
    const StuckSample& sample = *order[i];
    text += fmt::format(
        "{}stuck: {} question {}, repeat {}, attempt {} at {}: no byte since {} ({} s), {} bytes "
        "so far",
        text.empty() ? "" : "\n", sample.task, sample.question_id, sample.repeat, sample.attempt,
        sample.url, time_of_day(sample.since), sample.silent.count(), sample.bytes);
  }
  if (order.size() > kMostNamed) text += fmt::format("\nstuck: {} more", order.size() - kMostNamed);
  return text;
}

}  // namespace proctor::backends
