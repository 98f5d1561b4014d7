#include "backends/engine/checkpoint/generation_config.h"

#include <limits>

#include "backends/engine/checkpoint/json_fields.h"

namespace proctor::engine {

Result<GenerationConfig> parse_generation_config(std::string_view json) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  Result<JsonFields> fields = JsonFields::parse(json);
  if (!fields) return fields.error();
  GenerationConfig config;
  config.do_sample = fields->boolean("do_sample");
  config.temperature = fields->number("temperature", 0, 100);
  config.top_p = fields->number("top_p", 0, 1);
  if (const auto top_k = fields->integer("top_k", 0, kLargest)) {
    config.top_k = static_cast<int>(*top_k);
  }
  for (const std::int64_t id : fields->integer_or_integers("eos_token_id", 0, kLargest)) {
    config.eos_ids.push_back(static_cast<std::int32_t>(id));
  }
  if (const auto id = fields->integer("bos_token_id", 0, kLargest)) {
    config.bos_id = static_cast<std::int32_t>(*id);
  }
  if (Result<void> read = fields->finish(); !read) return read.error();
  return config;
}

}  // namespace proctor::engine
