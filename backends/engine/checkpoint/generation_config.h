// generation_config.json: how the makers of a checkpoint want it sampled, and where replies end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::engine {

// Every field is optional. transformers' own defaults (top_k 50 among them) are not filled in.
struct GenerationConfig {
  std::optional<bool> do_sample;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;           // 0 is off
  std::vector<std::int32_t> eos_ids;  // any of them ends a reply
  std::optional<std::int32_t> bos_id;

  bool operator==(const GenerationConfig&) const = default;
};

// Fields that are not listed above are passed over. Pure and thread-safe.
// Errors: invalid_input, naming the field but not the file.
Result<GenerationConfig> parse_generation_config(std::string_view json);

}  // namespace proctor::engine
