#include "graders/code/extraction.h"

#include <algorithm>

namespace proctor::graders::code {
namespace {

constexpr std::string_view kFence = "```";

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t feed = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return feed == std::string_view::npos ? 0 : feed + 1;
}

}  // namespace

Span find_program(std::string_view reply) {
  const std::size_t last_fence = reply.rfind(kFence);
  if (last_fence == std::string_view::npos) return {};
  const std::size_t last_line = line_begin(reply, last_fence);
  if (last_line == 0) return {};
  const std::size_t before = reply.substr(0, last_line).rfind(kFence);
  if (before == std::string_view::npos) return {};
  const std::size_t begin = reply.find('\n', before) + 1;
  // With no line between the two fences there is no line feed to leave out either.
  return {begin, std::max(begin, last_line - 1)};
}

}  // namespace proctor::graders::code
