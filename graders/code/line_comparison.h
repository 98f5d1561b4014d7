// The rules that compare lines: exact and lcb. See comparison.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proctor::graders::code {

// Where the two differ; nothing if they do not.
std::optional<std::string> exact_difference(std::string_view expected, std::string_view actual);
std::optional<std::string> lcb_difference(std::string_view expected, std::string_view actual);

}  // namespace proctor::graders::code
