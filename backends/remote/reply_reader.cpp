#include "backends/remote/reply_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "backends/remote/blot_out.h"

namespace proctor::backends {
namespace {

// What is kept of an answer that is not a completion; enough to say what it was.
constexpr std::size_t kMostErrorBytes = 64U << 10;

}  // namespace

void ReplyReader::restart() { *this = ReplyReader(wire_); }

void ReplyReader::begin(bool ok, bool event_stream) {
  begun_ = true;
  ok_ = ok;
  is_stream_ = ok && event_stream;
}

bool ReplyReader::take(std::string_view bytes) {
  if (is_stream_) {
    events_.feed(bytes, [this](std::string_view payload) { take_event(payload); });
  } else {
    const std::size_t most = (ok_ ? kMostReplyBytes : kMostErrorBytes) + 1;
    body_ += bytes.substr(0, most - std::min(most, body_.size()));
  }
  if (ok_ && this->bytes() > kMostReplyBytes && !broken_) {
    broken_ = Error(ErrorCode::transport, "the reply is longer than 64 MiB");
  }
  return !broken_;
}

void ReplyReader::take_event(std::string_view payload) {
  if (broken_) return;
  const Result<void> taken = stream_.take(payload);
  if (!taken) broken_ = taken.error();
}

Result<Generation> ReplyReader::finish(const HttpOutcome& outcome, std::string_view key) {
  if (broken_) return *broken_;
  if (outcome.status != 200 && outcome.status != 0 && !outcome.error) {
    return Error(ErrorCode::transport, fmt::format("HTTP {}: {}", outcome.status,
                                                   error_excerpt(blotted_out(body_, key))));
  }
  if (is_stream_ && !outcome.error) {
    events_.finish([this](std::string_view payload) { take_event(payload); });
    if (broken_) return *broken_;
  }
  // A stream whose model has ended is whole, however its connection ends.
  if (outcome.error && !(is_stream_ && stream_.ended())) return *outcome.error;
  if (is_stream_) return stream_.finish();
  if (!body_.empty() && outcome.content_type.starts_with("text/html")) {
    return Error(ErrorCode::transport, "an HTML page instead of a reply: is a proxy in the way?");
  }
  return parse_reply(wire_, body_);
}

}  // namespace proctor::backends
