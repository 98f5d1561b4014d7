#include "backends/remote/body_source.h"

#include <algorithm>
#include <utility>

namespace proctor::backends {

BodySource body_of(std::string text) {
  const std::size_t size = text.size();
  const auto read = [text = std::move(text)](std::size_t offset,
                                             std::span<char> to) -> Result<std::size_t> {
    return text.copy(to.data(), to.size(), offset);
  };
  return {.size = size, .read = read};
}

BodySource enclosed(std::string_view before, BodySource middle, std::string_view behind) {
  const std::size_t size = before.size() + middle.size + behind.size();
  const auto read = [before = std::string(before), middle = std::move(middle),
                     behind = std::string(behind)](std::size_t offset,
                                                   std::span<char> to) -> Result<std::size_t> {
    if (offset < before.size()) return before.copy(to.data(), to.size(), offset);
    offset -= before.size();
    if (offset >= middle.size) return behind.copy(to.data(), to.size(), offset - middle.size);
    return middle.read(offset, to.first(std::min(to.size(), middle.size - offset)));
  };
  return {.size = size, .read = read};
}

}  // namespace proctor::backends
