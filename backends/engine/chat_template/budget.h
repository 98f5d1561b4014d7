// What one render may use up, so that a hostile template ends with an error and not with the
// machine. The limits are far above what chat templates need for the longest conversations.
#pragma once

#include <cstddef>
#include <string>

#include "harness/core/result.h"

namespace proctor::engine {

inline constexpr int kMaxNesting = 200;  // of expressions and blocks in a template, and of values
inline constexpr int kMaxDepth = 600;    // of evaluation: nested expressions, blocks, macro calls
inline constexpr std::size_t kMaxRange = 100'000;  // items; jinja2's sandbox has the same
inline constexpr std::size_t kMaxSteps =
    50'000'000;  // evaluated nodes, visited items; some seconds
inline constexpr std::size_t kMaxBytes = std::size_t{256} << 20;  // of text made, output and all

class Budget {
 public:
  // Errors: invalid_input, when it is spent.
  Result<void> take_steps(std::size_t count) {
    if (count > steps_) return spent("does more than 50000000 steps");
    steps_ -= count;
    return {};
  }
  // To be called before the memory is asked for.
  Result<void> take_bytes(std::size_t count) {
    if (count > bytes_) return spent("makes more than 256 MiB of text");
    bytes_ -= count;
    return {};
  }

 private:
  static Error spent(const std::string& what) {
    return Error(ErrorCode::invalid_input, "the template " + what);
  }

  std::size_t steps_ = kMaxSteps;
  std::size_t bytes_ = kMaxBytes;
};

}  // namespace proctor::engine
