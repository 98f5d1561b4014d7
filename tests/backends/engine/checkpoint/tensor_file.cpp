#include "tests/backends/engine/checkpoint/tensor_file.h"

#include <cstring>

namespace proctor::engine::support {

std::string tensor_file(std::string_view header, std::size_t data_bytes, bool padded) {
  std::string text(header);
  if (padded) text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  file += text;
  for (std::size_t i = 0; i < data_bytes; ++i) file += static_cast<char>(i);
  return file;
}

std::vector<std::byte> aligned_bytes(std::string_view bytes) {
  std::vector<std::byte> copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace proctor::engine::support
