#include "backends/remote/request_body.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace proctor;
using namespace proctor::backends;
using nlohmann::json;

namespace {

RemoteModel model(std::string_view service, std::string name, const BackendOptions& options = {}) {
  for (const Provider& provider : providers()) {
    if (provider.name != service) continue;
    Result<RemoteModel> made = remote_model(provider, std::move(name), options);
    REQUIRE(made);
    return *made;
  }
  REQUIRE(false);
  return {};
}

Request request(Prompt prompt = {{"user", "1 + 1?\n\"√\""}}) {
  return {.ticket = 1,
          .task = "aime24",
          .question_id = "60",
          .repeat = 3,
          .prompt = std::move(prompt),
          .sampling = {.temperature = 0.6, .top_p = 0.95, .top_k = {}, .max_tokens = 32768},
          .seed = 0xffff'ffff'8000'0005};
}

}  // namespace

TEST_CASE("each service is sent the fields that it takes and no others") {
  struct Row {
    const char* service;
    const char* name;
    const char* body;
  };
  constexpr Row kRows[] = {
      {"openai-api", "m1",
       R"({"model":"m1","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_p":0.95,"top_k":20,"max_tokens":32768,"seed":5})"},
      {"llama-server", "m1",
       R"({"model":"m1","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "samplers":["temperature","top_k","top_p"],
           "temperature":0.6,"top_p":0.95,"top_k":20,"max_tokens":32768,"seed":5})"},
      {"openai", "gpt-4.1-mini",
       R"({"model":"gpt-4.1-mini","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_p":0.95,"max_completion_tokens":32768,"seed":5})"},
      {"openai", "gpt-5-chat-latest",
       R"({"model":"gpt-5-chat-latest","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_p":0.95,"max_completion_tokens":32768,"seed":5})"},
      {"openai", "o3-mini",
       R"({"model":"o3-mini","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "max_completion_tokens":32768})"},
      {"openai", "gpt-5-nano",
       R"({"model":"gpt-5-nano","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "max_completion_tokens":32768})"},
      {"anthropic", "claude-3-7-sonnet-latest",
       R"({"model":"claude-3-7-sonnet-latest",
           "messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_p":0.95,"top_k":20,"max_tokens":32768})"},
      {"anthropic", "claude-sonnet-4-5",
       R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_k":20,"max_tokens":32768})"},
      {"anthropic", "claude-opus-4-7",
       R"({"model":"claude-opus-4-7","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "max_tokens":32768})"},
      {"deepseek", "deepseek-chat",
       R"({"model":"deepseek-chat","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "temperature":0.6,"top_p":0.95,"max_tokens":32768})"},
      {"deepseek", "deepseek-reasoner",
       R"({"model":"deepseek-reasoner","messages":[{"role":"user","content":"1 + 1?\n\"√\""}],
           "max_tokens":32768})"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.service);
    CAPTURE(row.name);
    Request asked = request();
    asked.sampling.top_k = 20;
    CHECK(json::parse(request_body(model(row.service, row.name), asked, false)) ==
          json::parse(row.body));
  }
}

TEST_CASE("a compatible server is sent these bytes and no others") {
  CHECK(
      request_body(model("openai-api", "m1"), request(), true) ==
      R"({"max_tokens":32768,"messages":[{"content":"1 + 1?\n\"√\"","role":"user"}],"model":"m1",)"
      R"("seed":5,"stream":true,"stream_options":{"include_usage":true},"temperature":0.6,)"
      R"("top_p":0.95})");
}

TEST_CASE("what every request of a model carries gives way to what a request says") {
  const RemoteModel llama = model("llama-server", "m");
  Request asked = request();
  CHECK(json::parse(request_body(llama, asked, false))["top_k"] == 0);
  asked.sampling.top_k = 20;
  CHECK(json::parse(request_body(llama, asked, false))["top_k"] == 20);
}

TEST_CASE("streams are asked for as each wire has it") {
  const json chat = json::parse(request_body(model("openai", "gpt-4o"), request(), true));
  CHECK(chat["stream"] == true);
  CHECK(chat["stream_options"]["include_usage"] == true);
  const json messages =
      json::parse(request_body(model("anthropic", "claude-3-opus"), request(), true));
  CHECK(messages["stream"] == true);
  CHECK_FALSE(messages.contains("stream_options"));
}

TEST_CASE("how much to think is said in the words of the model") {
  const BackendOptions effort{.reasoning_effort = "high"};
  const BackendOptions budget{.thinking_tokens = 16'000};
  const json o3 = json::parse(request_body(model("openai", "o3", effort), request(), false));
  CHECK(o3["reasoning_effort"] == "high");
  const json vllm = json::parse(request_body(model("openai-api", "m", effort), request(), false));
  CHECK(vllm["reasoning_effort"] == "high");
  CHECK(vllm["temperature"] == 0.6);
  const json sonnet =
      json::parse(request_body(model("anthropic", "claude-sonnet-4-5", budget), request(), false));
  CHECK(sonnet["thinking"] == json({{"type", "enabled"}, {"budget_tokens", 16'000}}));
  CHECK_FALSE(sonnet.contains("temperature"));
  const json opus =
      json::parse(request_body(model("anthropic", "claude-opus-4-6", effort), request(), false));
  CHECK(opus["thinking"] == json({{"type", "adaptive"}}));
  CHECK(opus["output_config"] == json({{"effort", "high"}}));
}

TEST_CASE("the system prompt stands where each wire wants it") {
  const Prompt prompt = {{"system", "Be brief."}, {"user", "1 + 1?"}};
  const json chat = json::parse(request_body(model("openai", "gpt-4o"), request(prompt), false));
  CHECK(chat["messages"][0]["role"] == "system");
  const json messages =
      json::parse(request_body(model("anthropic", "claude-3-opus"), request(prompt), false));
  CHECK(messages["system"] == "Be brief.");
  CHECK(messages["messages"].size() == 1);
}

TEST_CASE("the beginning of a reply goes where it can be said and is refused elsewhere") {
  const Prompt prompt = {{"user", "1 + 1?"}, {"assistant", "<think>\n"}};
  const RemoteModel deepseek = model("deepseek", "deepseek-chat");
  CHECK(*request_path(deepseek, prompt) == "/beta/chat/completions");
  CHECK(*request_path(deepseek, {{"user", "1 + 1?"}}) == "/chat/completions");
  CHECK(json::parse(request_body(deepseek, request(prompt), false))["messages"][1]["prefix"] ==
        true);
  const RemoteModel vllm = model("openai-api", "m");
  const json body = json::parse(request_body(vllm, request(prompt), false));
  CHECK(*request_path(vllm, prompt) == "/chat/completions");
  CHECK(body["continue_final_message"] == true);
  CHECK(body["add_generation_prompt"] == false);
  const RemoteModel claude = model("anthropic", "claude-3-opus");
  CHECK(*request_path(claude, prompt) == "/messages");
  CHECK(json::parse(request_body(claude, request(prompt), false))["messages"].size() == 2);
  for (const RemoteModel& cannot :
       {model("openai", "gpt-4o"), model("anthropic", "claude-opus-4-6")}) {
    REQUIRE_FALSE(request_path(cannot, prompt));
    CHECK(request_path(cannot, prompt).error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("raw text goes to the completions of a compatible server and nowhere else") {
  const Prompt prompt = {{"raw", "<|User|>1 + 1?<|Assistant|>"}};
  const RemoteModel vllm = model("openai-api", "m");
  CHECK(*request_path(vllm, prompt) == "/completions");
  const json body = json::parse(request_body(vllm, request(prompt), true));
  CHECK(body["prompt"] == "<|User|>1 + 1?<|Assistant|>");
  CHECK(body["add_special_tokens"] == false);
  CHECK(body["seed"] == 5);
  CHECK_FALSE(body.contains("messages"));
  for (const char* service : {"openai", "anthropic", "deepseek"}) {
    CHECK_FALSE(request_path(model(service, "m"), prompt));
  }
}

TEST_CASE("bytes that are no text are sent as replacement characters") {
  const Prompt prompt = {{"user", "a\xFF"}};
  CHECK(json::accept(request_body(model("openai-api", "m"), request(prompt), false)));
}
