// Unicode normalization form C (UAX #15), of the version that unicode_tables.cpp names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proctor::engine {

// The normal form of a valid UTF-8 text, or nothing where a quick look shows that the text already
// is in it. Linear, but for sorting long runs of combining marks. Pure.
std::optional<std::string> normalize_nfc(std::string_view text);

}  // namespace proctor::engine
