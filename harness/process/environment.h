// Environment variables, read. The program sets none, so any thread may ask.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace proctor::harness {

// The variable's value; nullopt if it is not set, an empty text if it is set to nothing.
inline std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace proctor::harness
