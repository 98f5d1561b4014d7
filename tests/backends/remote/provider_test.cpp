#include "backends/remote/provider.h"

#include <doctest/doctest.h>

#include <set>

using namespace proctor;
using namespace proctor::backends;

namespace {

Result<RemoteModel> model(std::string_view service, std::string name,
                          const BackendOptions& options = {}) {
  for (const Provider& provider : providers()) {
    if (provider.name == service) return remote_model(provider, std::move(name), options);
  }
  return Error(ErrorCode::not_found, std::string(service));
}

}  // namespace

TEST_CASE("who answers is named with what it is not told") {
  struct Row {
    const char* service;
    const char* name;
    const char* identity;
  };
  constexpr Row kRows[] = {
      {"openai-api", "r1", "openai-api r1"},
      {"llama-server", "r1", "llama-server r1"},
      {"openai", "gpt-4o", "openai gpt-4o (top_k not sent)"},
      {"openai", "o3", "openai o3 (temperature, top_p, top_k, seed not sent)"},
      {"anthropic", "claude-3-opus", "anthropic claude-3-opus (seed not sent)"},
      {"anthropic", "claude-haiku-4-5", "anthropic claude-haiku-4-5 (top_p, seed not sent)"},
      {"anthropic", "claude-some-later",
       "anthropic claude-some-later (temperature, top_p, top_k, seed not sent)"},
      {"deepseek", "deepseek-chat", "deepseek deepseek-chat (top_k, seed not sent)"},
  };
  for (const Row& row : kRows) {
    const Result<RemoteModel> made = model(row.service, row.name);
    REQUIRE(made);
    CHECK(identity_of(*made) == row.identity);
  }
}

TEST_CASE("what is asked of the thinking is part of who answers") {
  CHECK(identity_of(*model("openai-api", "m", {.reasoning_effort = "low"})) ==
        "openai-api m (reasoning effort low)");
  CHECK(identity_of(*model("anthropic", "claude-sonnet-4-5", {.thinking_tokens = 4096})) ==
        "anthropic claude-sonnet-4-5 (up to 4096 thinking tokens) "
        "(temperature, top_p, top_k, seed not sent)");
}

TEST_CASE("a wish about thinking that a model does not know is refused") {
  struct Row {
    const char* service;
    const char* name;
    BackendOptions options;
    bool taken;
  };
  const Row rows[] = {
      {"openai", "o4-mini", {.reasoning_effort = "low"}, true},
      {"openai", "gpt-4o", {.reasoning_effort = "low"}, false},
      {"openai", "o4-mini", {.thinking_tokens = 1024}, false},
      {"anthropic", "claude-opus-4-5", {.thinking_tokens = 1024}, true},
      {"anthropic", "claude-opus-4-5", {.reasoning_effort = "low"}, false},
      {"anthropic", "claude-opus-4-6", {.reasoning_effort = "low"}, true},
      {"anthropic", "claude-opus-4-6", {.thinking_tokens = 1024}, false},
      {"deepseek", "deepseek-reasoner", {.reasoning_effort = "low"}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Result<RemoteModel> made = model(row.service, row.name, row.options);
    CHECK(static_cast<bool>(made) == row.taken);
    if (!made) CHECK(made.error().code() == ErrorCode::invalid_input);
  }
}

TEST_CASE("a service without its key is refused with the name of the variable") {
  for (const Provider& provider : providers()) {
    const std::string spec = std::string(provider.name) + "/m";
    CAPTURE(spec);
    CHECK(key_variable(spec) == provider.key_variable);
    const auto made = make_backend(spec, {.base_url = "http://127.0.0.1:9/v1"});
    REQUIRE(static_cast<bool>(made) == !provider.needs_key);
    if (!made) {
      CHECK(made.error().message().find(provider.key_variable) != std::string::npos);
    }
    const auto keyed = make_backend(spec, {.base_url = "http://127.0.0.1:9/v1", .api_key = "k"});
    CHECK(static_cast<bool>(keyed));
  }
  CHECK(key_variable("tiny").empty());
  CHECK(key_variable("openai/").empty());
  CHECK(make_backend("openai/gpt-4o", {.api_key = "k"}));
  const auto broken = make_backend("openai/gpt-4o", {.api_key = "secret\r\nHost: elsewhere"});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message().find("secret") == std::string::npos);
}

TEST_CASE("only services that complete raw text say that they take it") {
  CHECK((*make_backend("openai-api/m", {.base_url = "http://x/v1"}))->takes_raw_prompts());
  CHECK_FALSE((*make_backend("openai/m", {.api_key = "k"}))->takes_raw_prompts());
}
