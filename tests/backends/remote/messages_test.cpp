// Anthropic's wire, without sockets: whole messages, streams, and streams cut anywhere.
#include <doctest/doctest.h>

#include <random>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/messages_reader.h"
#include "backends/remote/sse.h"

using namespace proctor;
using namespace proctor::backends;

namespace {

// A stream as the service sends it, with the names of its events.
constexpr std::string_view kStream =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",)"
    R"("model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":25,)"
    R"("cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":1}}})"
    "\n\nevent: content_block_start\n"
    R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking",)"
    R"("thinking":"","signature":""}})"
    "\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",)"
    R"("thinking":"2 √ "}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",)"
    R"("thinking":"is more"}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",)"
    R"("signature":"c2ln"}})"
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: content_block_start\n"
    R"(data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta",)"
    R"("text":"It is \\boxed{4}"}})"
    "\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
    "event: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},)"
    R"("usage":{"output_tokens":15}})"
    "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

// What the bytes come to, fed in pieces of the given sizes in turn.
Result<Generation> read(std::string_view bytes, const std::vector<std::size_t>& sizes) {
  SseParser events;
  ChatStream stream(Wire::messages);
  std::optional<Error> broken;
  const auto take = [&](std::string_view payload) {
    const Result<void> taken = stream.take(payload);
    if (!taken && !broken) broken = taken.error();
  };
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::string_view piece = bytes.substr(0, sizes[i % sizes.size()]);
    events.feed(piece, take);
    bytes.remove_prefix(piece.size());
  }
  events.finish(take);
  if (broken) return *broken;
  return stream.finish();
}

std::string whole(const std::string& content, const std::string& stop_reason) {
  return R"({"type":"message","model":"claude-x","content":)" + content + R"(,"stop_reason":)" +
         stop_reason + R"(,"usage":{"input_tokens":3,"output_tokens":4}})";
}

}  // namespace

TEST_CASE("a message arrives whole wherever its stream is cut into pieces") {
  std::vector<std::vector<std::size_t>> cuts = {{kStream.size()}, {1}, {2}, {7}, {64, 1}};
  std::mt19937 random(5);
  for (int i = 0; i < 50; ++i) cuts.push_back({1 + random() % 200, 1 + random() % 50, 1});
  for (const std::vector<std::size_t>& sizes : cuts) {
    const Result<Generation> reply = read(kStream, sizes);
    REQUIRE(reply);
    CHECK(reply->reasoning == "2 √ is more");
    CHECK(reply->text == "It is \\boxed{4}");
    CHECK(reply->finish == FinishReason::stop);
    CHECK(reply->usage.prompt == 1125);
    CHECK(reply->usage.cached_prompt == 1000);
    CHECK(reply->usage.completion == 15);
    CHECK(reply->served_by == "claude-x");
  }
}

TEST_CASE("a stream that is cut short is never a message but for its farewell") {
  const std::size_t end = kStream.find("event: message_delta");
  const std::size_t told = kStream.find("\n\n", end);
  for (std::size_t size = 0; size < kStream.size(); ++size) {
    CAPTURE(size);
    const Result<Generation> reply = read(kStream.substr(0, size), {kStream.size()});
    const bool farewell = size >= told;
    // Cut inside message_stop the last event is no JSON, and the attempt is repeated.
    if (!farewell) CHECK_FALSE(reply);
    if (reply) CHECK(reply->text == "It is \\boxed{4}");
  }
  CHECK(read(kStream.substr(0, told + 2), {kStream.size()}));
}

TEST_CASE("each reason to stop is one of ours or a fault") {
  struct Row {
    const char* content;
    const char* reason;
    std::optional<FinishReason> finish;
  };
  constexpr Row kRows[] = {
      {R"([{"type":"text","text":"a"}])", "\"end_turn\"", FinishReason::stop},
      {R"([{"type":"text","text":"a"}])", "\"stop_sequence\"", FinishReason::stop},
      {R"([{"type":"text","text":"a"}])", "\"max_tokens\"", FinishReason::length},
      {R"([{"type":"text","text":"a"}])", "\"model_context_window_exceeded\"",
       FinishReason::length},
      {R"([])", "\"refusal\"", FinishReason::content_filter},
      {R"([])", "\"end_turn\"", FinishReason::empty},
      {R"([{"type":"thinking","thinking":"a"}])", "\"max_tokens\"", FinishReason::length},
      {R"([{"type":"text","text":"a"}])", "\"pause_turn\"", std::nullopt},
      {R"([{"type":"text","text":"a"}])", "null", std::nullopt},
      {R"("a")", "\"end_turn\"", std::nullopt},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.content);
    CAPTURE(row.reason);
    const Result<Generation> reply = parse_reply(Wire::messages, whole(row.content, row.reason));
    REQUIRE(static_cast<bool>(reply) == row.finish.has_value());
    if (reply) CHECK(reply->finish == *row.finish);
    if (!reply) CHECK(reply.error().code() == ErrorCode::transport);
  }
}

TEST_CASE("the blocks of a message are told apart") {
  const Result<Generation> reply =
      parse_reply(Wire::messages, whole(R"([{"type":"thinking","thinking":"so","signature":"x"},
                {"type":"redacted_thinking","data":"eHg="},
                {"type":"text","text":"It is "},{"type":"text","text":"4"},
                {"type":"tool_use","input":{"text":"no","thinking":"no"}}])",
                                        "\"end_turn\""));
  REQUIRE(reply);
  CHECK(reply->reasoning == "so");
  CHECK(reply->text == "It is 4");
  CHECK(reply->usage.prompt == 3);
  CHECK_FALSE(reply->usage.cached_prompt);
}

TEST_CASE("an error in the middle of a message breaks its stream") {
  const std::string stream =
      std::string(kStream.substr(0, kStream.find("event: content_block_stop"))) +
      "event: error\n"
      R"(data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"
      "\n\n";
  const Result<Generation> reply = read(stream, {stream.size()});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().message() == "the server reported an error: Overloaded");
}

TEST_CASE("hostile messages end in an error or a value") {
  CHECK_FALSE(parse_reply(Wire::messages, std::string(100'000, '[')));
  CHECK_FALSE(parse_reply(Wire::messages, "7"));
  CHECK_FALSE(parse_reply(Wire::messages, "{\"content\":[{"));
  const ChatObject odd = read_messages_object(
      R"({"content":{"text":"no"},"usage":{"input_tokens":-1,"output_tokens":1e99,
          "cache_read_input_tokens":5},"message":[{"content":[{"text":"no"}]}],"stop_reason":7})");
  CHECK(odd.form == ChatObject::Form::object);
  CHECK(odd.content.empty());
  CHECK(odd.finish_reason.empty());
  CHECK_FALSE(odd.usage.prompt);
  CHECK_FALSE(odd.usage.completion);
}
