// One EvalSample of inspect's as we read it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "reports/exchange/foreign.h"

namespace proctor::reports::exchange {

// The text that "attachment://KEY" stands for, by its key, if there is one.
using AttachmentOf = std::function<std::optional<std::string>(const std::string& key)>;

// See visit_inspect(). Errors: invalid_input, naming the field.
Result<ForeignSample> read_inspect_sample(const nlohmann::json& sample, std::string_view scorer,
                                          const AttachmentOf& attachment);

}  // namespace proctor::reports::exchange
