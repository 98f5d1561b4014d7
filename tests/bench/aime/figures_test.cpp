// The parts of the AIME-shaped benchmark that its figures rest on.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "backends/engine/model.h"
#include "tests/bench/aime/lengths.h"
#include "tests/bench/aime/made_up_model.h"
#include "tests/bench/aime/roof.h"
#include "tests/support/temp_dir.h"

namespace proctor::bench {
namespace {

std::vector<int> lengths(const LengthShape& shape, std::uint64_t seed, int questions) {
  std::vector<int> all;
  for (int question = 0; question < questions; ++question) {
    for (int repeat = 0; repeat < 64; ++repeat) {
      all.push_back(reply_length(shape, seed, question, repeat));
    }
  }
  std::ranges::sort(all);
  return all;
}

TEST_CASE("reply lengths are spread as those of reasoning models on AIME") {
  const std::vector<int> all = lengths({}, 1, 3000);  // so many that chance plays no part
  const auto at = [&](double part) {
    return all[static_cast<std::size_t>(part * static_cast<double>(all.size()))];
  };
  double sum = 0;
  for (const int length : all) sum += length;
  CHECK(at(0.5) == doctest::Approx(8110).epsilon(0.05));
  CHECK(at(0.9) == doctest::Approx(19'210).epsilon(0.05));
  CHECK(sum / static_cast<double>(all.size()) == doctest::Approx(10'000).epsilon(0.05));
  CHECK(all.back() == 32'768);
  const auto capped = std::ranges::count(all, 32'768);
  CHECK(static_cast<double>(capped) / static_cast<double>(all.size()) ==
        doctest::Approx(0.02).epsilon(0.5));
}

TEST_CASE("reply lengths are shortened and repeat with their seed") {
  const std::vector<int> whole = lengths({}, 1, 30);
  const std::vector<int> part = lengths({.shorten = 4}, 1, 30);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(std::abs(4 * part[i] - whole[i]) <= 4);
  }
  CHECK(lengths({}, 1, 30) == whole);
  CHECK(lengths({}, 2, 30) != whole);
  CHECK(lengths({.shorten = 1e6}, 1, 30).front() == 1);
}

TEST_CASE("the roof of a step is what it reads or multiplies") {
  // As section 2 of the reference has it for the 1.5B model.
  const auto& shapes = made_up_shapes();
  const engine::ModelConfig& config =
      std::ranges::find(shapes, std::string_view("1.5b"), &MadeUpShape::name)->config;
  const GpuSpeed h200{.bytes_a_second = 4.3e12, .flops = 790e12};
  const std::vector<StepLoad> full = {{605, 605 * 8200}};
  const Roof roof = roof_of(config, full, h200);
  CHECK(roof.cache_seconds == doctest::Approx(33.1e-3).epsilon(0.01));
  CHECK(roof.seconds == doctest::Approx(35.5e-3).epsilon(0.01));
  const std::vector<StepLoad> alone = {{1, 0}};
  CHECK(roof_of(config, alone, h200).seconds == doctest::Approx(0.72e-3).epsilon(0.02));
  CHECK(roof_of(config, {}, h200).seconds == 0);
}

TEST_CASE("a made-up model loads, reads and writes text, and never ends a reply") {
  const support::TempDir folder;
  const engine::ModelConfig& config = made_up_shapes().front().config;
  write_made_up_model(folder.path(), config);
  const Result<engine::Model> model = engine::Model::load(folder.path());
  REQUIRE_MESSAGE(model, (model ? "" : model.error().message()));
  CHECK(model->stop_tokens().empty());
  const engine::Tokenizer& tokenizer = model->tokenizer();
  for (const char* text : {"the ferry", "Ümläut\n\n", "a \\boxed{0} b", ""}) {
    std::string back;
    for (const std::int32_t id : tokenizer.encode(text)) back += tokenizer.token_bytes(id);
    CHECK(back == text);
  }
  CHECK(tokenizer.encode("\\boxed{0}").size() == 1);
  CHECK_FALSE(tokenizer.token_bytes(config.vocab_size - 1).empty());
  CHECK(model->prompt_for({{.role = "user", .content = "the"}}));
}

}  // namespace
}  // namespace proctor::bench
