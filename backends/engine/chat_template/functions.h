// The functions that templates find without any import: namespace, dict, range, raise_exception,
// and strftime_now where a date is given.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

// A date and time of day, in UTC.
struct TemplateTime {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
  int hour = 0;
  int minute = 0;
  int second = 0;
};

using Variables = std::vector<std::pair<std::string, Value>>;
using Namespaces = std::vector<std::shared_ptr<Namespace>>;

// The functions by name. Namespaces that templates make are also appended to `made`, which the
// functions refer to. strftime_now is left out where there is no date.
Variables template_functions(Namespaces& made, std::optional<TemplateTime> now);

}  // namespace proctor::engine
