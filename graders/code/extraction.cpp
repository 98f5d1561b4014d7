#include "graders/code/extraction.h"

#include <algorithm>
#include <optional>
#include <string>

namespace proctor::graders::code {
namespace {

constexpr std::string_view kFence = "```";

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t feed = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return feed == std::string_view::npos ? 0 : feed + 1;
}

struct Fence {
  std::size_t backticks = 0;
  std::string mark{};  // in lower case
};

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

// The fence that a line is; nothing if it is none.
std::optional<Fence> fence_of(std::string_view line) {
  if (!line.starts_with(kFence)) return std::nullopt;
  const std::size_t end = std::min(line.find_first_not_of('`'), line.size());
  const std::string_view rest = without_blanks(line.substr(end));
  if (rest.find('`') != std::string_view::npos) return std::nullopt;  // code within a line
  Fence fence{end, std::string(rest.substr(0, rest.find_first_of(" \t{,")))};
  for (char& c : fence.mark) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return fence;
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

Span find_fenced_program(std::string_view text, std::span<const std::string_view> languages) {
  Span last;
  std::optional<Fence> open;
  std::size_t begin = 0;  // of the open block
  const auto close = [&](std::size_t end) {
    if (std::ranges::find(languages, open->mark) != languages.end()) last = {begin, end};
    open.reset();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = without_blanks(text.substr(at, end - at));
    std::optional<Fence> fence = fence_of(line);
    if (open && fence && fence->mark.empty() && fence->backticks >= open->backticks) {
      close(std::max(begin, at - 1));
    } else if (fence && (!open || !fence->mark.empty())) {
      open = std::move(fence);
      begin = std::min(end + 1, text.size());
    } else if (open && !fence && line.ends_with(kFence)) {
      close(text.substr(0, end).rfind(kFence));
    }
    at = end + 1;
  }
  return last;
}

}  // namespace proctor::graders::code
