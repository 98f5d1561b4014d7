// Options that stand before or after any verb.
#pragma once

#include <filesystem>
#include <optional>

namespace proctor::harness {

struct Globals {
  std::filesystem::path db = "proctor.db";
  std::optional<std::filesystem::path> data;  // --data
  bool json = false;
};

}  // namespace proctor::harness
