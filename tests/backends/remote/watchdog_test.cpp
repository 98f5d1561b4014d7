#include "backends/remote/watchdog.h"

#include <doctest/doctest.h>

#include <vector>

using namespace proctor::backends;

namespace {

StuckSample sample(int repeat, int silent_s) {
  return {.task = "aime24",
          .question_id = "60",
          .repeat = repeat,
          .attempt = 2,
          .url = "http://a/v1",
          .silent = std::chrono::seconds(silent_s),
          .since = std::chrono::system_clock::from_time_t(1'700'000'000),  // 22:13:20
          .bytes = 18'342};
}

}  // namespace

TEST_CASE("a stuck sample is named with its question and what is known of it") {
  const std::vector<StuckSample> one = {sample(3, 312)};
  CHECK(describe_stuck(one) ==
        "stuck: aime24 question 60, repeat 3, attempt 2 at http://a/v1: no byte since 22:13:20 UTC "
        "(312 s), 18342 bytes so far");
  CHECK(describe_stuck({}).empty());
}

TEST_CASE("of many stuck samples those that are silent longest are named") {
  std::vector<StuckSample> many;
  for (int i = 0; i < 8; ++i) many.push_back(sample(i, 100 + i));
  const std::string text = describe_stuck(many);
  CHECK(text.find("repeat 7,") < text.find("repeat 6,"));
  CHECK(text.find("repeat 3,") != std::string::npos);
  CHECK(text.find("repeat 2,") == std::string::npos);
  CHECK(text.ends_with("\nstuck: 3 more"));
}
