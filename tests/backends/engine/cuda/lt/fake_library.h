// A cuBLASLt in the place of the real one: LtLibrary::load() gives it to whoever links this. It
// multiplies on the host, in orders that a test lays down, and notes what it was asked to do.
#pragma once

#include <functional>
#include <vector>

namespace proctor::engine::cuda {

// An algorithm as it proposes them. Without gaps: its bytes are what is kept of it.
struct FakeAlgorithm {
  int order = 1;           // in which a sum's terms are added: every so many first
  float milliseconds = 1;  // that a product takes
  int splits = 1;          // of the depth, as it says
  int place_counts = 0;    // not 0: its sums depend on the row's place

  bool operator==(const FakeAlgorithm&) const = default;
};

struct FakeCall {
  FakeAlgorithm algorithm;
  int rows = 0;
};

// One for the whole program, since LtLibrary is a table of functions.
class FakeLibrary {
 public:
  // What is proposed for so many rows, the best first; no calls so far.
  static void reset(std::function<std::vector<FakeAlgorithm>(int rows)> proposals);
  static const std::vector<FakeCall>& calls();
  static void forget_calls();
  static float now();  // milliseconds, by the clock that products turn
};

}  // namespace proctor::engine::cuda
