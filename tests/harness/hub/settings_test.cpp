#include "harness/hub/settings.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/support/temp_dir.h"

namespace proctor::harness::hub {
namespace {

using Variables = std::map<std::string, std::string>;

Result<HubSettings> settings_of(const Variables& variables) {
  return hub_settings([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST_CASE("the hub is reached as its own tools are told") {
  const Result<HubSettings> plain = settings_of({{"HOME", "/home/me"}});
  REQUIRE(plain);
  CHECK(plain->endpoint == "https://huggingface.co");
  CHECK(plain->rows_endpoint == "https://datasets-server.huggingface.co");
  CHECK(plain->token.empty());
  CHECK(plain->cache == "/home/me/.cache/huggingface/hub");

  const Result<HubSettings> told = settings_of({{"HOME", "/home/me"},
                                                {"HF_ENDPOINT", "https://mirror.example/"},
                                                {"HF_DATASETS_SERVER", "http://rows:80//"},
                                                {"HF_TOKEN", " hf_1\n"}});
  REQUIRE(told);
  CHECK(told->endpoint == "https://mirror.example");
  CHECK(told->rows_endpoint == "http://rows:80");
  CHECK(told->token == "hf_1");
}

TEST_CASE("the cache is where the first of four variables says") {
  struct Row {
    Variables variables;
    const char* cache;
  };
  const Row kRows[] = {
      {{{"HF_HUB_CACHE", "/a"}, {"HF_HOME", "/b"}, {"XDG_CACHE_HOME", "/c"}, {"HOME", "/d"}}, "/a"},
      {{{"HF_HUB_CACHE", ""}, {"HF_HOME", "/b"}, {"XDG_CACHE_HOME", "/c"}, {"HOME", "/d"}},
       "/b/hub"},
      {{{"XDG_CACHE_HOME", "/c"}, {"HOME", "/d"}}, "/c/huggingface/hub"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.cache);
    const Result<HubSettings> settings = settings_of(row.variables);
    REQUIRE(settings);
    CHECK(settings->cache == row.cache);
  }
  CHECK(settings_of({}).error().code() == ErrorCode::invalid_input);
}

TEST_CASE("a token that was stored by a login is found and one in the environment goes before") {
  const support::TempDir dir;
  dir.write("token", "hf_stored\n");
  const std::string home = dir.path().string();
  CHECK(settings_of({{"HF_HOME", home}})->token == "hf_stored");
  CHECK(settings_of({{"HF_HOME", home}, {"HF_TOKEN", "hf_1"}})->token == "hf_1");
  CHECK(settings_of({{"HF_HOME", home}, {"HF_TOKEN", ""}})->token == "hf_stored");
  CHECK(settings_of({{"HF_HOME", "/none"}, {"HF_TOKEN_PATH", home + "/token"}})->token ==
        "hf_stored");
  // HF_HUB_CACHE moves the models alone.
  dir.write("huggingface/token", "hf_home\n");
  CHECK(settings_of({{"XDG_CACHE_HOME", home}, {"HF_HUB_CACHE", "/big/hub"}})->token == "hf_home");
  CHECK(settings_of({{"HF_HUB_CACHE", home + "/hub"}})->token.empty());
}

TEST_CASE("nothing is fetched by a user who is offline") {
  CHECK(settings_of({{"HOME", "/home/me"}, {"HF_HUB_OFFLINE", "0"}}));
  const Result<HubSettings> offline = settings_of({{"HOME", "/home/me"}, {"HF_HUB_OFFLINE", "1"}});
  REQUIRE_FALSE(offline);
  CHECK(offline.error().code() == ErrorCode::invalid_input);
}

}  // namespace
}  // namespace proctor::harness::hub
