// The stand-in characters by which a byte-level vocabulary writes its bytes (GPT-2, encoder.py:
// bytes_to_unicode): printable Latin-1 stands for itself, the other bytes for U+0100 onwards.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proctor::engine {

// The bytes that a vocabulary entry, valid UTF-8, stands for. Nothing if it has other characters.
std::optional<std::string> bytes_of_stand_ins(std::string_view entry);

}  // namespace proctor::engine
