#include "tests/backends/engine/support/synthetic_model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "harness/core/sha256.h"
#include "tests/support/temp_dir.h"

using namespace proctor::engine;
using namespace proctor::engine::support;
using proctor::support::read_file;
using proctor::support::TempDir;

TEST_CASE("synthetic weights are the bytes of their Python twin") {
  // Printed by tests/peers/synthetic_model.py --digests.
  struct Row {
    Architecture architecture;
    bool tied;
    const char* sha256;
  };
  constexpr Row kRows[] = {
      {Architecture::qwen2, false,
       "39a25a84f7c0f6d41794a415ff3edfae4de491f1cbe1fb631d77c65fe8c34a47"},
      {Architecture::qwen2, true,
       "34ca96e453a5ed1d713ff7f5d642857ab2613560916f4a25a446ce9dafbb0084"},
      {Architecture::qwen3, false,
       "085353bca015ab23bb533ba267a89322697192bad0d8d2c168f8cd48b356f535"},
      {Architecture::qwen3, true,
       "96b310a21dffd7356de28b9a6e5846c326305c17f1abc7711e7bfa134084cbb5"},
      {Architecture::llama, false,
       "fe26525d64d716574042e847a3700a3d7da0b43b72caafad0b02690b78df482b"},
      {Architecture::llama, true,
       "b96e2693463adde244a1c1cfccbe44bee967278d11a9ede9397cefae15298747"},
  };
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.architecture));
    CAPTURE(row.tied);
    const TempDir folder;
    SyntheticModel model{.config = small_config(row.architecture)};
    model.config.tied_embeddings = row.tied;
    write_synthetic(folder.path(), model);
    CHECK(proctor::sha256_hex(read_file(folder / "model.safetensors")) == row.sha256);
  }
}

TEST_CASE("synthetic deviates have mean 0 and variance 1, and differ by seed, name and index") {
  constexpr std::uint64_t kCount = 100'000;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const double deviate = synthetic_deviate(1, "some.weight", i);
    CHECK(std::fabs(deviate) < 3.47);
    sum += deviate;
    squares += deviate * deviate;
  }
  CHECK(std::fabs(sum / kCount) < 0.02);  // 6 standard errors
  CHECK(squares / kCount == doctest::Approx(1).epsilon(0.02));
  CHECK(synthetic_deviate(1, "a", 0) == synthetic_deviate(1, "a", 0));
  CHECK(synthetic_deviate(1, "a", 0) != synthetic_deviate(1, "a", 1));
  CHECK(synthetic_deviate(1, "a", 0) != synthetic_deviate(1, "b", 0));
  CHECK(synthetic_deviate(1, "a", 0) != synthetic_deviate(2, "a", 0));
}

TEST_CASE("a tensor that several processors make has every element in its place") {
  constexpr std::int64_t kElements = 9'000'001;
  const SyntheticFile file = synthetic_weights(
      {{"a", {.shape = {kElements}, .center = 1, .spread = 2}}, {"b", {.shape = {3}, .spread = 1}}},
      {.config = {}, .dtype = DType::f32});
  const std::size_t bytes = (kElements + 3) * sizeof(float);
  REQUIRE(file.size > bytes);
  std::vector<float> values(kElements + 3);
  std::memcpy(values.data(), file.bytes().last(bytes).data(), bytes);
  int wrong = 0;
  for (std::size_t i = 0; i < kElements; i += 997) {
    wrong += values[i] != static_cast<float>(1 + 2 * synthetic_deviate(1, "a", i));
  }
  CHECK(wrong == 0);
  CHECK(values[kElements - 1] ==
        static_cast<float>(1 + 2 * synthetic_deviate(1, "a", kElements - 1)));
  CHECK(values[kElements + 2] == static_cast<float>(synthetic_deviate(1, "b", 2)));
}
