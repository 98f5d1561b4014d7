#include "backends/remote/chat_protocol.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace proctor;
using namespace proctor::backends;

namespace {

Result<Generation> stream(const std::vector<std::string>& events) {
  ChatStream chat(Wire::chat);
  for (const std::string& event : events) {
    const Result<void> taken = chat.take(event);
    if (!taken) return taken.error();
  }
  return chat.finish();
}

std::string delta(const std::string& fields, const std::string& finish = "null") {
  return R"({"id":"x","model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{)" +
         fields + R"(},"finish_reason":)" + finish + "}]}";
}

}  // namespace

TEST_CASE("whole replies are read with their usage and server") {
  const Result<Generation> reply =
      parse_reply(Wire::chat, R"({"model":"m","system_fingerprint":"fp_1",
      "choices":[{"message":{"role":"assistant","content":"<think>\n</think>4","reasoning_content":"r"},
      "finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":9,
      "completion_tokens_details":{"reasoning_tokens":5},"prompt_tokens_details":{"cached_tokens":2}}})");
  REQUIRE(reply);
  CHECK(reply->text == "<think>\n</think>4");
  CHECK(reply->reasoning == "r");
  CHECK(reply->finish == FinishReason::stop);
  CHECK(reply->usage.prompt == 3);
  CHECK(reply->usage.completion == 9);
  CHECK(reply->usage.reasoning == 5);
  CHECK(reply->usage.cached_prompt == 2);
  CHECK(reply->served_by == "m fp_1");
}

TEST_CASE("each way a reply can end has its finish reason") {
  struct Row {
    const char* content;
    const char* reason;
    std::optional<FinishReason> finish;
  };
  constexpr Row kRows[] = {
      {"\"a\"", "\"stop\"", FinishReason::stop},
      {"\"a\"", "\"eos\"", FinishReason::stop},
      {"\"a\"", "\"length\"", FinishReason::length},
      {"\"a\"", "\"content_filter\"", FinishReason::content_filter},
      {"null", "\"stop\"", FinishReason::empty},
      {"\"\"", "\"stop\"", FinishReason::empty},
      {"null", "\"length\"", FinishReason::length},
      {"null", "\"content_filter\"", FinishReason::content_filter},
      {"[{\"type\":\"text\",\"text\":\"a\"}]", "\"stop\"", FinishReason::stop},
      {"\"a\"", "null", std::nullopt},
      {"\"a\"", "\"abort\"", std::nullopt},
      {"\"a\"", "7", std::nullopt},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.content);
    CAPTURE(row.reason);
    const std::string body = std::string(R"({"choices":[{"message":{"content":)") + row.content +
                             R"(},"finish_reason":)" + row.reason + "}]}";
    const Result<Generation> reply = parse_reply(Wire::chat, body);
    REQUIRE(static_cast<bool>(reply) == row.finish.has_value());
    if (reply) CHECK(reply->finish == *row.finish);
    const Result<Generation> streamed =
        stream({delta(std::string("\"content\":") + row.content), delta("", row.reason), "[DONE]"});
    REQUIRE(static_cast<bool>(streamed) == row.finish.has_value());
    if (streamed) CHECK(streamed->finish == *row.finish);
  }
}

TEST_CASE("a body that is no finished reply is a fault of transport and never an answer") {
  const std::string utf8 = R"({"choices":[{"message":{"content":"√"},"finish_reason":"stop"}]})";
  std::string broken_utf8 = utf8;
  broken_utf8.erase(broken_utf8.find("√") + 2, 1);
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "null",
                                           "[]",
                                           "<html>busy</html>",
                                           utf8.substr(0, utf8.size() - 4),
                                           broken_utf8,
                                           R"({"error":{"message":"overloaded"}})",
                                           R"({"choices":[]})",
                                           R"({"choices":{}})",
                                           R"({"choices":[7]})",
                                           R"({"choices":[{"message":{"content":"a"}}]})",
                                           R"({"choices":[{"finish_reason":null}]})"};
  for (const std::string& body : bodies) {
    CAPTURE(body);
    const Result<Generation> reply = parse_reply(Wire::chat, body);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code() == ErrorCode::transport);
  }
  CHECK(parse_reply(Wire::chat, utf8));
}

TEST_CASE("a stream is put together from its pieces") {
  ChatStream chat(Wire::chat);
  const std::vector<std::string> events = {
      delta(R"("role":"assistant","content":"")"),
      delta(R"("reasoning_content":"hm")"),
      delta(R"("reasoning":", so")"),
      delta(R"("content":"The ")"),
      delta(R"("content":"end √")"),
      delta("", "\"stop\""),
      R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":4}})",
      "[DONE]"};
  for (const std::string& event : events) REQUIRE(chat.take(event));
  CHECK(chat.pieces() == 4);
  const Result<Generation> reply = chat.finish();
  REQUIRE(reply);
  CHECK(reply->text == "The end √");
  CHECK(reply->reasoning == "hm, so");
  CHECK(reply->usage.completion == 4);
  CHECK(reply->served_by == "m fp");
}

TEST_CASE("an empty finish reason does not take back the one before it") {
  const Result<Generation> reply =
      stream({delta(R"("content":"a")", "\"stop\""), delta("", "\"\"")});
  REQUIRE(reply);
  CHECK(reply->finish == FinishReason::stop);
}

TEST_CASE("an event that says nothing changes nothing") {
  const Result<Generation> reply =
      stream({"", delta(R"("content":"a")"), "", delta(R"("content":"b")", "\"stop\""), ""});
  REQUIRE(reply);
  CHECK(reply->text == "ab");
  CHECK_FALSE(stream({"", delta(R"("content":"a")"), ""}));
}

TEST_CASE("a stream that breaks off is never a reply") {
  CHECK_FALSE(stream({}));
  CHECK_FALSE(stream({"[DONE]"}));
  CHECK_FALSE(stream({delta(R"("content":"The answer is \\boxed{4})")}));
  CHECK_FALSE(stream({delta(R"("content":"a")"), "{\"choi"}));
  CHECK_FALSE(stream({delta(R"("content":"a")"), R"({"error":{"message":"gone"}})"}));
  CHECK_FALSE(stream({R"({"error":"gone"})"}));
}

TEST_CASE("an error within a reply says whether the request is at fault") {
  struct Row {
    const char* error;
    ErrorCode code;
  };
  constexpr Row kRows[] = {
      {R"({"error":{"code":400,"message":"too long"}})", ErrorCode::invalid_input},
      {R"({"error":{"code":422,"message":"no such field"}})", ErrorCode::invalid_input},
      {R"({"error":{"code":500,"message":"lost"}})", ErrorCode::transport},
      {R"({"error":{"code":"400","message":"a word"}})", ErrorCode::transport},
      {R"({"error":{"message":"400"}})", ErrorCode::transport},
      {R"({"code":400,"error":"elsewhere"})", ErrorCode::transport},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.error);
    const Result<Generation> whole = parse_reply(Wire::chat, row.error);
    const Result<Generation> streamed = stream({delta(R"("content":"a")"), row.error});
    REQUIRE_FALSE(whole);
    REQUIRE_FALSE(streamed);
    CHECK(whole.error().code() == row.code);
    CHECK(streamed.error().code() == row.code);
  }
}

TEST_CASE("hostile numbers and nesting in a reply end in an error or a value") {
  CHECK_FALSE(parse_reply(Wire::chat, std::string(100'000, '[')));
  std::string nested = R"({"choices":[{"finish_reason":"stop","message":{"content":)";
  for (int i = 0; i < 200'000; ++i) nested += R"([{"text":)";
  nested += "1";
  for (int i = 0; i < 200'000; ++i) nested += "}]";
  const Result<Generation> deep = parse_reply(Wire::chat, nested + "}}]}");
  REQUIRE(deep);
  CHECK(deep->text.empty());
  const std::string brackets = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK_FALSE(parse_reply(Wire::chat, R"({"error":{"code":)" + brackets + "}}"));
  const Result<Generation> reply =
      parse_reply(Wire::chat,
                  R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],
          "usage":{"prompt_tokens":1e300,"completion_tokens":-4,"completion_tokens_details":7,
          "prompt_tokens_details":{"cached_tokens":18446744073709551615}}})");
  REQUIRE(reply);
  CHECK_FALSE(reply->usage.prompt);
  CHECK_FALSE(reply->usage.completion);
  CHECK_FALSE(reply->usage.reasoning);
  CHECK_FALSE(reply->usage.cached_prompt);
}

TEST_CASE("what went wrong is quoted in one short line") {
  CHECK(error_excerpt(R"({"error":{"message":"no\nsuch model"}})") == "no such model");
  CHECK(error_excerpt(R"({"error":"plain"})") == "plain");
  CHECK(error_excerpt(R"({"detail":"fastapi"})") == "fastapi");
  CHECK(error_excerpt("<html>\r\nbusy") == "<html>  busy");
  const std::string cut = error_excerpt(std::string(299, 'a') + "√√√");
  CHECK(cut.size() <= 300);
  CHECK(nlohmann::json(cut).dump().size() > 0);  // throws for half a character
}
