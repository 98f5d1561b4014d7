// The embedded model as a model: its parts fit together.
#include "backends/engine/model.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;

TEST_CASE("the embedded model is a small Qwen2 whose prompts open the thinking") {
  const Result<Model> model = Model::tiny();
  REQUIRE_MESSAGE(model, (model ? "" : model.error().message()));
  const Footprint footprint = model->checkpoint().footprint();
  CHECK(model->checkpoint().config().architecture == Architecture::qwen2);
  CHECK(footprint.parameters >= 1'000'000);
  CHECK(footprint.parameters <= 4'000'000);
  CHECK(footprint.weight_bytes <= 8'000'000);
  REQUIRE(model->chat_template());
  const Result<std::string> text =
      model->chat_template()->render({{.role = "user", .content = "1+1?"}});
  REQUIRE(text);
  CHECK(*text == "<|begin|><|user|>1+1?<|assistant|><think>\n");
  const Result<std::vector<std::int32_t>> ids =
      model->prompt_for({{.role = "user", .content = "1+1?"}});
  REQUIRE(ids);
  CHECK(model->tokenizer().decode(*ids, false) == *text);
  CHECK(ids->front() == model->tokenizer().bos_id());
  CHECK(model->stop_tokens() == std::vector{*model->tokenizer().eos_id()});
}

TEST_CASE("a raw prompt is read as it is with its special tokens and no template") {
  const Result<Model> model = Model::tiny();
  REQUIRE(model);
  const std::string text = "<|begin|>A question. <|user|>1+1?<|assistant|>";
  const Result<std::vector<std::int32_t>> ids =
      model->prompt_for({{.role = "raw", .content = text}});
  REQUIRE(ids);
  CHECK(model->tokenizer().decode(*ids, false) == text);
  CHECK(*ids == model->tokenizer().encode(text));
  CHECK(std::count(ids->begin(), ids->end(), *model->tokenizer().bos_id()) == 1);
}

TEST_CASE("earlier answers lose their thinking in the prompt") {
  const Result<Model> model = Model::tiny();
  REQUIRE(model);
  const Result<std::string> text =
      model->chat_template()->render({{.role = "user", .content = "a"},
                                      {.role = "assistant", .content = "<think>\nb</think>c"},
                                      {.role = "user", .content = "d"}});
  REQUIRE(text);
  CHECK(*text == "<|begin|><|user|>a<|assistant|>c<|end|><|user|>d<|assistant|><think>\n");
}

TEST_CASE("the identity of a model is the same each time") {
  const Result<Model> one = Model::tiny();
  const Result<Model> other = Model::tiny();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(one->identity() == other->identity());
  CHECK(one->identity().size() == 64);
}

TEST_CASE("a folder without a model is an error that names the file") {
  const support::TempDir folder;
  const Result<Model> model = Model::load(folder.path());
  REQUIRE(!model);
  CHECK(model.error().message().find("config.json") != std::string::npos);
}
