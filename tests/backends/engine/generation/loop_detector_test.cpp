#include "backends/engine/generation/loop_detector.h"

#include <doctest/doctest.h>

#include <optional>
#include <random>

using proctor::engine::LoopDetector;
using proctor::engine::LoopRule;

namespace {

constexpr LoopRule kSmall = {.window = 256, .longest_period = 32};

// After how many tokens the detector speaks, of `lead` random ones and then a loop.
std::optional<std::size_t> noticed_at(std::size_t lead, std::size_t period, std::size_t total,
                                      LoopRule rule = kSmall) {
  std::mt19937 random(7);
  LoopDetector detector(rule);
  std::vector<std::int32_t> loop(period);
  for (std::size_t i = 0; i < period; ++i) loop[i] = static_cast<std::int32_t>(1000 + i);
  for (std::size_t i = 0; i < total; ++i) {
    const std::int32_t token =
        i < lead ? static_cast<std::int32_t>(random() % 500) : loop[(i - lead) % period];
    if (detector.push(token)) return i + 1;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a loop is noticed once it fills the window, and at most 63 tokens later") {
  for (const std::size_t lead : {0, 1, 100, 1000}) {
    for (const std::size_t period : {1, 2, 7, 31, 32}) {
      CAPTURE(lead);
      CAPTURE(period);
      const std::optional<std::size_t> at = noticed_at(lead, period, 5000);
      REQUIRE(at);
      CHECK(*at >= kSmall.window);
      CHECK(*at <= lead + kSmall.window + 63);
    }
  }
}

TEST_CASE("a longer period, or no period, is no loop") {
  CHECK(!noticed_at(0, 33, 5000));
  CHECK(!noticed_at(0, 200, 5000));
  CHECK(!noticed_at(5000, 1, 5000));
}

TEST_CASE("one token out of step breaks the loop") {
  LoopDetector detector(kSmall);
  bool noticed = false;
  for (int i = 0; i < 2000; ++i) noticed |= detector.push(i % 200 == 150 ? 99 : i % 4);
  CHECK(!noticed);
}

TEST_CASE("the default rule waits for 4,096 tokens") {
  CHECK(!noticed_at(0, 3, 4095, {}));
  CHECK(noticed_at(0, 3, 4096, {}) == 4096);
}
