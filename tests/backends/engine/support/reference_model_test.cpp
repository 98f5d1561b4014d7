#include "tests/backends/engine/support/reference_model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/backends/engine/support/synthetic_model.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

constexpr Architecture kArchitectures[] = {Architecture::qwen2, Architecture::qwen3,
                                           Architecture::llama};

// `count` tokens that repeat seldom.
std::vector<std::int32_t> some_ids(std::size_t count, const ModelConfig& config) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<std::int32_t>((i * i + 7 * i + 3) % 317) % config.vocab_size);
  }
  return ids;
}

Checkpoint synthetic(const SyntheticModel& model) {
  const proctor::support::TempDir folder;  // the mapping outlives the file's name
  write_synthetic(folder.path(), model);
  Result<Checkpoint> checkpoint = Checkpoint::load(folder.path());
  if (!checkpoint) FAIL(checkpoint.error().message());
  return std::move(*checkpoint);
}

double spread_of(std::span<const Row> logits) {
  double squares = 0;
  std::size_t count = 0;
  for (const Row& row : logits) {
    squares += std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
    count += row.size();
  }
  return std::sqrt(squares / static_cast<double>(count));
}

}  // namespace

TEST_CASE("the reference model notices every fault that engines have") {
  for (const Architecture architecture : kArchitectures) {
    for (const bool tied : {false, true}) {
      SyntheticModel model{.config = small_config(architecture)};
      model.config.tied_embeddings = tied;
      const Checkpoint checkpoint = synthetic(model);
      const std::vector<std::int32_t> ids = some_ids(80, model.config);
      const std::vector<Row> truth = ReferenceModel(checkpoint).logits(ids);
      for (const Fault fault : all_faults()) {
        if (!applies(fault, model.config)) continue;
        const LogitError error = error_of(ReferenceModel(checkpoint, fault).logits(ids), truth);
        CAPTURE(static_cast<int>(architecture));
        CAPTURE(tied);
        CAPTURE(name_of(fault));
        CHECK(error.largest > 10 * kLargestF32Error);
        CHECK(error.mean > kMeanBf16Error);
      }
    }
  }
}

TEST_CASE("the reference model sees only the past") {
  for (const Architecture architecture : kArchitectures) {
    CAPTURE(static_cast<int>(architecture));
    const Checkpoint checkpoint = synthetic({.config = small_config(architecture)});
    const ReferenceModel model(checkpoint);
    const std::vector<std::int32_t> ids = some_ids(20, checkpoint.config());
    const std::vector<Row> whole = model.logits(ids);
    CHECK(whole.size() == ids.size());
    CHECK(spread_of(whole) == doctest::Approx(3.5).epsilon(0.15));
    const std::vector<Row> part = model.logits(std::span(ids).first(7));
    CHECK(error_of(part, std::span(whole).first(7)).largest == 0);
  }
}

TEST_CASE("the width of the stored weights matters only by its rounding") {
  SyntheticModel model{.config = small_config(Architecture::qwen2), .dtype = DType::f32};
  const std::vector<std::int32_t> ids = some_ids(20, model.config);
  const std::vector<Row> exact = ReferenceModel(synthetic(model)).logits(ids);
  model.dtype = DType::f16;
  const double f16 = error_of(ReferenceModel(synthetic(model)).logits(ids), exact).mean;
  model.dtype = DType::bf16;
  const double bf16 = error_of(ReferenceModel(synthetic(model)).logits(ids), exact).mean;
  CHECK(f16 > 0);
  CHECK(f16 < bf16);
  CHECK(bf16 < kMeanBf16Error);
}

TEST_CASE("Llama 3 scaling keeps fast pairs, slows down slow ones, and joins the two") {
  ModelConfig config = small_config(Architecture::llama);
  config.head_dim = 128;
  config.rope_scaling = Llama3Scaling{};  // factor 8, 1, 4, 8192
  const std::vector<double> scaled = rotary_frequencies(config);
  config.rope_scaling.reset();
  const std::vector<double> plain = rotary_frequencies(config);
  REQUIRE(scaled.size() == 64);
  constexpr double kTurn = 6.283185307179586;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    CAPTURE(i);
    CHECK(plain[i] == doctest::Approx(std::pow(500000, -static_cast<double>(i) / 64)));
    const double wavelength = kTurn / plain[i];
    const double ratio = scaled[i] / plain[i];
    if (wavelength < 8192.0 / 4) {
      CHECK(ratio == 1);
    } else if (wavelength > 8192) {
      CHECK(ratio == doctest::Approx(1.0 / 8));
    } else {
      const double smooth = (8192 / wavelength - 1) / (4 - 1);
      CHECK(ratio == doctest::Approx((1 - smooth) / 8 + smooth));
    }
  }
}

TEST_CASE("a NaN is the largest error") {
  const std::vector<Row> truth = {{1, 2}, {3, 4}};
  const std::vector<Row> good = {{1, 2.5}, {3, 4}};
  const std::vector<Row> bad = {{1, std::nan("")}, {3, 4.5}};
  CHECK(error_of(truth, truth).largest == 0);
  CHECK(error_of(good, truth).largest == 0.5);
  CHECK(error_of(good, truth).mean == 0.125);
  CHECK(std::isnan(error_of(bad, truth).largest));
}
