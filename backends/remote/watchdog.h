// Names the samples whose replies have come to a standstill. A pure function.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace proctor::backends {

// A request in flight that has brought no byte for too long.
struct StuckSample {
  std::string task;
  std::string question_id;
  int repeat = 0;
  int attempt = 1;
  std::string url;
  std::chrono::seconds silent{};                // for so long
  std::chrono::system_clock::time_point since;  // its last byte, or its sending
  std::size_t bytes = 0;                        // so far
};

// A line for each of the five that have been silent longest, and one for how many more there are;
// no newline at the end. Times of day are UTC. Empty for none.
std::string describe_stuck(std::span<const StuckSample> samples);

}  // namespace proctor::backends
