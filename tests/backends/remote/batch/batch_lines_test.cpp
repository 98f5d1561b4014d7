// The lines of a batch's files, out and in.
#include "backends/remote/batch/batch_lines.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace proctor;
using namespace proctor::backends;

namespace {

Request request_named(std::string task, std::string question, int repeat) {
  Request request;
  request.task = std::move(task);
  request.question_id = std::move(question);
  request.repeat = repeat;
  return request;
}

struct Row {
  const char* line;
  Fault fault;
  const char* reason;
};

}  // namespace

TEST_CASE("a custom id tells requests apart and is the same in every process") {
  const Request request = request_named("aime24", "2024-I-1", 3);
  const std::string id = custom_id_of(request, "/chat/completions", "{}");
  CHECK(id == custom_id_of(request, "/chat/completions", "{}"));
  CHECK(id.starts_with("aime24-2024-I-1-3-"));
  const std::set<std::string> ids = {
      id,
      custom_id_of(request, "/chat/completions", "{\"seed\":1}"),
      custom_id_of(request, "/completions", "{}"),
      custom_id_of(request_named("aime24", "2024-I-1", 4), "/chat/completions", "{}"),
      custom_id_of(request_named("aime25", "2024-I-1", 3), "/chat/completions", "{}"),
      custom_id_of(request_named("aime24", "2024/I/1", 3), "/chat/completions", "{}"),
      // What is joined by hyphens could have been cut elsewhere.
      custom_id_of(request_named("aime24-2024", "I-1", 3), "/chat/completions", "{}"),
  };
  CHECK(ids.size() == 7);
}

TEST_CASE("a custom id is something that every service takes") {
  const std::string long_name(200, 'x');
  for (const std::string& question :
       {std::string("a b\"c\\d/e"), std::string("\xC3\xA9t\xC3\xA9"), long_name, std::string()}) {
    const std::string id = custom_id_of(request_named("t", question, 0), "/p", "body");
    CAPTURE(id);
    CHECK(id.size() <= 64);
    CHECK(
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
        std::string::npos);
  }
}

TEST_CASE("a reply is read out of a line of either wire") {
  const Result<BatchAnswer> chat = parse_output_line(
      R"({"id":"r1","custom_id":"a","error":null,"response":{"status_code":200,"request_id":"q","body":
         {"model":"m","choices":[{"message":{"content":"It is \"7\".\n"},"finish_reason":"stop"}],
          "usage":{"prompt_tokens":5,"completion_tokens":9}}}})");
  REQUIRE(chat);
  CHECK(chat->request == "a");
  REQUIRE(chat->reply);
  CHECK(chat->reply->text == "It is \"7\".\n");
  CHECK(chat->reply->usage.completion == 9);

  const Result<BatchAnswer> messages = parse_result_line(
      R"({"custom_id":"b","result":{"type":"succeeded","message":
         {"type":"message","model":"m","stop_reason":"max_tokens",
          "content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"7"}],
          "usage":{"input_tokens":5,"output_tokens":9}}}})");
  REQUIRE(messages);
  CHECK(messages->request == "b");
  REQUIRE(messages->reply);
  CHECK(messages->reply->text == "7");
  CHECK(messages->reply->reasoning == "hm");
  CHECK(messages->reply->finish == FinishReason::length);
}

TEST_CASE("a failed request in a file of OpenAI means what it would mean alone and is no reply") {
  const Row rows[] = {
      {R"({"custom_id":"a","response":{"status_code":400,"body":{"error":{"message":"too long"}}}})",
       Fault::refused, "HTTP 400: too long"},
      {R"({"custom_id":"a","response":{"status_code":401,"body":{}},"error":null})", Fault::fatal,
       "HTTP 401"},
      {R"({"custom_id":"a","response":{"status_code":429,"body":null}})", Fault::transient,
       "HTTP 429"},
      {R"({"custom_id":"a","response":{"status_code":0,"body":{}}})", Fault::transient, "HTTP 0"},
      {R"({"custom_id":"a","response":{"status_code":200,"body":{}}})", Fault::transient,
       "no choices"},
      {R"({"custom_id":"a","response":{"status_code":200,"body":null}})", Fault::transient,
       "empty"},
      {R"({"custom_id":"a","response":{"status_code":200,"body":{"error":{"message":"no GPU"}}}})",
       Fault::transient, "no GPU"},
      {R"({"custom_id":"a","response":{"status_code":200,"body":
          {"error":{"code":400,"message":"too long"}}}})",
       Fault::refused, "too long"},
      {R"({"custom_id":"a","response":{"status_code":200,"body":
          {"choices":[{"message":{"content":"half"},"finish_reason":null}]}}})",
       Fault::transient, "finish_reason"},
      {R"({"custom_id":"a","response":null,"error":{"code":"batch_expired","message":"late"}})",
       Fault::transient, "batch_expired: late"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Result<BatchAnswer> answer = parse_output_line(row.line);
    REQUIRE(answer);
    CHECK_FALSE(answer->reply);
    CHECK(answer->fault == row.fault);
    CHECK(answer->reason.find(row.reason) != std::string::npos);
  }
}

TEST_CASE("a failed request in the results of Anthropic means what it would mean alone") {
  const Row rows[] = {
      {R"({"custom_id":"a","result":{"type":"expired"}})", Fault::transient, "expired"},
      {R"({"custom_id":"a","result":{"type":"canceled"}})", Fault::transient, "canceled"},
      {R"({"custom_id":"a","result":{"type":"errored","error":{"type":"error","error":
          {"type":"invalid_request_error","message":"too long"}}}})",
       Fault::refused, "invalid_request_error: too long"},
      {R"({"custom_id":"a","result":{"type":"errored","error":{"type":"error","error":
          {"type":"overloaded_error","message":"busy"}}}})",
       Fault::transient, "overloaded_error: busy"},
      {R"({"custom_id":"a","result":{"type":"errored","error":{"type":"error","error":
          {"type":"authentication_error","message":"key"}}}})",
       Fault::fatal, "authentication_error: key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Result<BatchAnswer> answer = parse_result_line(row.line);
    REQUIRE(answer);
    CHECK_FALSE(answer->reply);
    CHECK(answer->fault == row.fault);
    CHECK(answer->reason.find(row.reason) != std::string::npos);
  }
}

TEST_CASE("a line that is none is an error and never an answer") {
  for (const char* line :
       {"{\"custom_id\":\"a\",\"resp", "[1]", "7", "{}", R"({"custom_id":7,"response":{}})",
        R"({"custom_id":"a"})", R"({"custom_id":"a","response":{"status_code":"200","body":{}}})",
        "{\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"body\":\"\xFF\"}}"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_output_line(line));
  }
  for (const char* line :
       {"{\"custom_id\":\"a\",\"res", "null", R"({"custom_id":"a","result":{"type":"new"}})",
        R"({"custom_id":"a","result":7})"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_result_line(line));
  }
}

TEST_CASE("a line that nests without end is damaged and one that only says brackets is not") {
  const std::string opened(1'000'000, '[');
  const std::string deep = opened + std::string(opened.size(), ']');
  for (const std::string& body : {deep, "{\"error\":" + deep + "}", opened}) {
    const std::string line =
        R"({"custom_id":"a","response":{"status_code":200,"body":)" + body + "}}";
    const Result<BatchAnswer> answer = parse_output_line(line);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message().find("nests too deeply") != std::string::npos);
  }
  const std::string errored =
      R"({"custom_id":"a","result":{"type":"errored","error":{"error":)" + deep + "}}}";
  CHECK_FALSE(parse_result_line(errored));

  const std::string said = R"(\")" + opened;
  const Result<BatchAnswer> answer = parse_output_line(
      R"({"custom_id":"a","response":{"status_code":200,"body":{"choices":[{"message":{"content":")" +
      said + R"("},"finish_reason":"stop"}]}}})");
  REQUIRE(answer);
  REQUIRE(answer->reply);
  CHECK(answer->reply->text == "\"" + opened);
}
