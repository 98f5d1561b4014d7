#include "backends/engine/checkpoint/generation_config.h"

#include <doctest/doctest.h>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;

TEST_CASE("generation defaults are read and none is made up") {
  const Result<GenerationConfig> full = parse_generation_config(
      R"({"do_sample":true,"temperature":0.6,"top_p":0.95,"top_k":20,
          "eos_token_id":[151645,151643],"bos_token_id":151643,"transformers_version":"4.51.0"})");
  REQUIRE(full);
  CHECK(*full == GenerationConfig{.do_sample = true,
                                  .temperature = 0.6,
                                  .top_p = 0.95,
                                  .top_k = 20,
                                  .eos_ids = {151645, 151643},
                                  .bos_id = 151643});
  for (const char* empty : {"{}", R"({"temperature":null,"eos_token_id":null,"top_k":null})"}) {
    CAPTURE(empty);
    const Result<GenerationConfig> config = parse_generation_config(empty);
    REQUIRE(config);
    CHECK(*config == GenerationConfig{});
  }
}

TEST_CASE("a wrong generation default is refused by field") {
  struct Row {
    const char* json;
    const char* complaint;
  };
  constexpr Row kRows[] = {
      {"[]", "expected an object"},
      {R"({"temperature":-1})", "field \"temperature\": expected a number of 0.0 to 100.0"},
      {R"({"temperature":"0.6"})", "field \"temperature\""},
      {R"({"top_p":1.5})", "field \"top_p\""},
      {R"({"top_k":2.5})", "field \"top_k\""},
      {R"({"do_sample":1})", "field \"do_sample\": expected true or false, found 1"},
      {R"({"eos_token_id":"</s>"})", "field \"eos_token_id\""},
      {R"({"eos_token_id":[1,-1]})", "field \"eos_token_id\""},
      {R"({"eos_token_id":[1,[2]]})", "field \"eos_token_id\""},
      {R"({"bos_token_id":4294967296})", "field \"bos_token_id\""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.json);
    const Result<GenerationConfig> config = parse_generation_config(row.json);
    REQUIRE(!config);
    CAPTURE(config.error().message());
    CHECK(config.error().message().find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("the R1 distill's generation_config.json is read") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs shared/data/tokenizers: it is missing");
  const Result<GenerationConfig> config = parse_generation_config(
      support::read_file(data / "tokenizers/deepseek-r1-qwen/generation_config.json"));
  REQUIRE(config);
  CHECK(*config == GenerationConfig{.do_sample = true,
                                    .temperature = 0.6,
                                    .top_p = 0.95,
                                    .top_k = std::nullopt,
                                    .eos_ids = {151643},
                                    .bos_id = 151646});
}
