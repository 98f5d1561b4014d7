#include "tests/support/answer.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace proctor::support {

namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unspecified";
  }
}

std::string head_for(int status, const Headers& headers) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head.append(reason_phrase(status)).append("\r\n");
  for (const auto& [name, value] : headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  return head.append("\r\n");
}

std::string chunk_of(std::string_view data) {
  char size[16];
  const auto written = std::to_chars(std::begin(size), std::end(size), data.size(), 16);
  std::string chunk;
  chunk.reserve(data.size() + 20);
  return chunk.append(size, written.ptr).append("\r\n").append(data).append("\r\n");
}

}  // namespace

Answer respond(int status, const Headers& headers, std::string_view body) {
  Headers all = headers;
  all.emplace_back("Content-Length", std::to_string(body.size()));
  Answer answer;
  answer.steps.push_back({.bytes = head_for(status, all).append(body)});
  return answer;
}

Answer respond_json(int status, std::string_view body) {
  return respond(status, {{"Content-Type", "application/json"}}, body);
}

Answer stream(std::span<const std::string> events, const StreamOptions& options) {
  const auto framing = options.chunked
                           ? std::pair<std::string, std::string>("Transfer-Encoding", "chunked")
                           : std::pair<std::string, std::string>("Connection", "close");
  Answer answer;
  answer.end = options.chunked ? End::keep_alive : End::close;
  answer.steps.reserve(events.size() + 3);
  answer.steps.push_back(
      {.bytes = head_for(200, {{"Content-Type", "text/event-stream"}, framing})});
  const auto add_event = [&](std::string_view data) {
    std::string event;
    event.reserve(data.size() + 8);
    event.append("data: ").append(data).append("\n\n");
    answer.steps.push_back(
        {.delay = options.gap, .bytes = options.chunked ? chunk_of(event) : std::move(event)});
  };
  for (const std::string& event : events) add_event(event);
  if (options.done) add_event("[DONE]");
  if (options.chunked) answer.steps.push_back({.bytes = "0\r\n\r\n"});
  return answer;
}

std::size_t size_of(const Answer& answer) {
  std::size_t size = 0;
  for (const Step& step : answer.steps) size += step.bytes.size();
  return size;
}

Answer cut(Answer answer, std::size_t bytes, End end) {
  std::size_t kept_steps = 0;
  for (Step& step : answer.steps) {
    if (bytes == 0) break;
    step.bytes.resize(std::min(step.bytes.size(), bytes));
    bytes -= step.bytes.size();
    ++kept_steps;
  }
  answer.steps.resize(kept_steps);
  answer.end = end;
  answer.on_sent = nullptr;
  return answer;
}

Answer delayed(Answer answer, std::chrono::milliseconds delay) {
  answer.steps.insert(answer.steps.begin(), Step{.delay = delay, .bytes = {}});
  return answer;
}

}  // namespace proctor::support
