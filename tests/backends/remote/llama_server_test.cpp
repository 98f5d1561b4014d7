// What llama.cpp's server says, in the shapes observed of two of its versions (February 2025, and
// July 2026 as in llama_cpp_python 0.3.36); tests/peers/llama_server.py asks the real one.
#include <doctest/doctest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/support/fake_server.h"
#include "tests/support/remote_run.h"

using namespace proctor;
using namespace proctor::backends;
using namespace proctor::support;
using nlohmann::json;

namespace {

constexpr std::string_view kTimings =
    R"("timings":{"cache_n":29,"prompt_n":1,"prompt_ms":0.6,"predicted_n":3,"predicted_ms":1.2})";

// One event of a stream: `rest` is what follows the fields that all have.
std::string event(const std::string& choices, const std::string& rest = "") {
  return R"({"choices":[)" + choices +
         R"(],"created":1,"id":"chatcmpl-1","model":"tiny.gguf","system_fingerprint":"b0-unknown",)"
         R"("object":"chat.completion.chunk")" +
         rest + "}";
}

std::string choice(const std::string& delta, const std::string& finish = "null") {
  return R"({"finish_reason":)" + finish + R"(,"index":0,"delta":{)" + delta + "}}";
}

// The stream of one reply as each version ends it.
std::vector<std::string> events_of_2025() {
  return {event(choice(R"("content":"2+2</think>")")), event(choice(R"("content":"4")")),
          event(choice("", R"("stop")"),
                R"(,"usage":{"completion_tokens":3,"prompt_tokens":30,"total_tokens":33},)" +
                    std::string(kTimings))};
}

std::vector<std::string> events_of_2026() {
  return {event(choice(R"("role":"assistant","content":null)")),
          event(choice(R"("reasoning_content":"2")")),
          event(choice(R"("reasoning_content":"+2")")),
          event(choice(R"("content":"4")")),
          event(choice("", R"("stop")")),
          event("", R"(,"usage":{"completion_tokens":3,"prompt_tokens":30,"total_tokens":33,)"
                    R"("prompt_tokens_details":{"cached_tokens":29}},)" +
                        std::string(kTimings))};
}

std::vector<Request> one_request() { return requests_for(sums(1), 1); }

}  // namespace

TEST_CASE("the streams of an older and a newer llama-server come to the same reply") {
  for (const bool newer : {false, true}) {
    CAPTURE(newer);
    FakeServer server(
        [&](const HttpRequest&) { return stream(newer ? events_of_2026() : events_of_2025()); });
    const Served served =
        serve_by("llama-server/tiny", one_request(), quick_options(server.base_url()));
    REQUIRE(served.done);
    const RecordingSink::Entry& entry = served.sink.entries.at(0);
    REQUIRE(entry.reply);
    CHECK(entry.attempts == 1);
    CHECK(entry.reply->text == (newer ? "4" : "2+2</think>4"));
    CHECK(entry.reply->reasoning == (newer ? "2+2" : ""));
    CHECK(entry.reply->finish == FinishReason::stop);
    CHECK(entry.reply->usage.prompt == 30);
    CHECK(entry.reply->usage.completion == 3);
    CHECK(entry.reply->usage.cached_prompt.value_or(0) == (newer ? 29 : 0));
    CHECK(entry.reply->served_by == "tiny.gguf b0-unknown");
  }
}

TEST_CASE("a whole reply of llama-server keeps thinking and answer apart") {
  FakeServer server([&](const HttpRequest&) {
    return respond_json(
        200, R"({"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant",)"
             R"("content":"","reasoning_content":"2+"}}],"model":"tiny.gguf",)"
             R"("usage":{"completion_tokens":2,"prompt_tokens":30,"total_tokens":32,)"
             R"("prompt_tokens_details":{"cached_tokens":0}},)" +
                 std::string(kTimings) + "}");
  });
  BackendOptions options = quick_options(server.base_url());
  options.stream = false;
  const Served served = serve_by("llama-server/tiny", one_request(), options);
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.at(0).reply);
  CHECK(served.sink.entries.at(0).reply->text.empty());
  CHECK(served.sink.entries.at(0).reply->reasoning == "2+");
  CHECK(served.sink.entries.at(0).reply->finish == FinishReason::length);
}

TEST_CASE("a prompt that is longer than the context of llama-server fails at once with its words") {
  FakeServer server([](const HttpRequest&) {
    return respond_json(
        400,
        R"({"error":{"code":400,"message":"request (9005 tokens) exceeds the available context )"
        R"(size (2048 tokens), try increasing it","type":"exceed_context_size_error",)"
        R"("n_prompt_tokens":9005,"n_ctx":2048}})");
  });
  const Served served =
      serve_by("llama-server/tiny", one_request(), quick_options(server.base_url()));
  const RecordingSink::Entry& entry = served.sink.entries.at(0);
  REQUIRE(entry.error);
  CHECK(entry.attempts == 1);
  CHECK(entry.error->message().find("request (9005 tokens) exceeds") != std::string::npos);
}

TEST_CASE("a prompt that an older llama-server refuses within its stream fails at once likewise") {
  FakeServer server([](const HttpRequest&) {
    return respond(
        200, {{"Content-Type", "text/event-stream"}},
        R"(error: {"code":400,"message":"the request exceeds the available context size.)"
        R"( try increasing the context size or enable context shift",)"
        R"("type":"invalid_request_error"})"
        "\n\ndata: [DONE]\n\n");
  });
  const Served served =
      serve_by("llama-server/tiny", one_request(), quick_options(server.base_url()));
  const RecordingSink::Entry& entry = served.sink.entries.at(0);
  REQUIRE(entry.error);
  CHECK(entry.attempts == 1);
  CHECK(entry.error->message().find("the request exceeds the available") != std::string::npos);
}

TEST_CASE("a llama-server that still loads its model is waited for") {
  FakeServer server([](const HttpRequest& request) {
    if (request.sequence < 2) {
      return respond_json(
          503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})");
    }
    return stream(events_of_2026());
  });
  const Served served =
      serve_by("llama-server/tiny", one_request(), quick_options(server.base_url()));
  REQUIRE(served.done);
  const RecordingSink::Entry& entry = served.sink.entries.at(0);
  REQUIRE(entry.reply);
  CHECK(entry.attempts == 3);
  CHECK(entry.retries ==
        std::vector<std::string>{"HTTP 503: Loading model", "HTTP 503: Loading model"});
}

TEST_CASE("llama-server is told to sample as the protocol says and nobody else is") {
  for (const char* spec : {"llama-server/tiny", "openai-api/tiny"}) {
    CAPTURE(spec);
    std::mutex mutex;
    json body;
    FakeServer server([&](const HttpRequest& request) {
      const std::lock_guard lock(mutex);
      body = json::parse(request.body);
      return stream(events_of_2026());
    });
    const bool told = std::string_view(spec).starts_with("llama-server");
    std::vector<Request> requests = one_request();
    REQUIRE(serve_by(spec, requests, quick_options(server.base_url())).done);
    const std::lock_guard lock(mutex);
    CHECK(body.contains("samplers") == told);
    CHECK(body.value("top_k", -1) == (told ? 0 : -1));
    if (told) CHECK(body["samplers"] == json({"temperature", "top_k", "top_p"}));
  }
}

TEST_CASE("a reply whose beginning is given comes in a stream since a whole one would repeat it") {
  std::mutex mutex;
  json body;
  FakeServer server([&](const HttpRequest& request) {
    const std::lock_guard lock(mutex);
    body = json::parse(request.body);
    return stream(events_of_2026());
  });
  std::vector<Request> requests = one_request();
  requests[0].prompt.push_back({"assistant", "It is"});
  BackendOptions options = quick_options(server.base_url());
  options.stream = false;
  const Served served = serve_by("llama-server/tiny", requests, options);
  REQUIRE(served.done);
  REQUIRE(served.sink.entries.at(0).reply);
  CHECK(served.sink.entries.at(0).reply->text == "4");
  const std::lock_guard lock(mutex);
  CHECK(body["stream"] == true);
  CHECK(body["continue_final_message"] == true);
}
