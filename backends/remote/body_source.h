// A body that is read while it is sent, for what is too long to be held in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::backends {

struct BodySource {
  std::size_t size = 0;
  // Writes what stands from `offset` on, which is less than `size`, to `to`, which is not empty and
  // goes no further than the end. Says how many bytes that was: one at least. What has been read is
  // read again if it must be sent again.
  std::function<Result<std::size_t>(std::size_t offset, std::span<char> to)> read{};
};

// A short text.
BodySource body_of(std::string text);

// The middle between two short texts.
BodySource enclosed(std::string_view before, BodySource middle, std::string_view behind);

}  // namespace proctor::backends
