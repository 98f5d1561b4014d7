#include "tests/support/http_request.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace proctor::support {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::size_t> parse_size(std::string_view digits) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

ParsedRequest refused(int status) {
  return {.state = ParsedRequest::State::refused, .status = status};
}

// "POST /v1/chat/completions HTTP/1.1" into method and path.
bool parse_request_line(std::string_view line, HttpRequest& request) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || second <= first + 1) return false;
  request.method = line.substr(0, first);
  request.path = line.substr(first + 1, second - first - 1);
  return line.substr(second + 1).starts_with("HTTP/1.");
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  std::string_view rest = header_lines;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        same_ignoring_case(line.substr(0, name.size()), name)) {
      return trimmed(line.substr(name.size() + 1));
    }
  }
  return {};
}

ParsedRequest parse_request(std::string_view bytes) {
  const std::size_t head_end = bytes.substr(0, kMaxHeadBytes).find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    return bytes.size() < kMaxHeadBytes ? ParsedRequest{} : refused(431);
  }
  ParsedRequest parsed;
  HttpRequest& request = parsed.request;
  const std::string_view head = bytes.substr(0, head_end + 2);
  const std::size_t line_end = head.find("\r\n");
  if (!parse_request_line(head.substr(0, line_end), request)) return refused(400);
  request.header_lines = head.substr(line_end + 2);
  if (!request.header("transfer-encoding").empty()) return refused(411);

  const std::string_view length = request.header("content-length");
  const std::optional<std::size_t> body_size = length.empty() ? 0 : parse_size(length);
  if (!body_size) return refused(400);
  if (*body_size > kMaxBodyBytes) return refused(413);

  parsed.consumed = head_end + 4 + *body_size;
  if (bytes.size() < parsed.consumed) {
    parsed.wants_continue = same_ignoring_case(request.header("expect"), "100-continue");
    return parsed;
  }
  request.body = bytes.substr(head_end + 4, *body_size);
  parsed.state = ParsedRequest::State::complete;
  return parsed;
}

}  // namespace proctor::support
