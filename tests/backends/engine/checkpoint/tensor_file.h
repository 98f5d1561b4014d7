// Safetensors files for tests, good and bad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::engine::support {

// A file of that header and so many bytes of data, each the low byte of its offset. The header is
// padded with spaces so that the data begins at a multiple of 8, unless `padded` is false.
std::string tensor_file(std::string_view header, std::size_t data_bytes, bool padded = true);

// The same bytes at the start of a block of memory, and thus aligned.
std::vector<std::byte> aligned_bytes(std::string_view bytes);

}  // namespace proctor::engine::support
