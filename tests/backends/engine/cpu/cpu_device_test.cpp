// The CPU device against the scalar double-precision model.
#include "backends/engine/cpu/cpu_device.h"

#include <doctest/doctest.h>

#include "tests/backends/engine/support/pass_over.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

std::vector<Row> in_double(const std::vector<std::vector<float>>& logits) {
  std::vector<Row> rows;
  for (const std::vector<float>& row : logits) rows.emplace_back(row.begin(), row.end());
  return rows;
}

std::vector<Row> device_logits(const Checkpoint& checkpoint, const std::vector<std::int32_t>& ids,
                               std::size_t chunk) {
  Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(checkpoint, {.threads = 2, .cache_bytes = 1 << 22});
  REQUIRE(device);
  PageSource source(**device);
  return in_double(logits_by_chunks(**device, checkpoint.config().vocab_size, ids, chunk, source));
}

constexpr Architecture kArchitectures[] = {Architecture::qwen2, Architecture::qwen3,
                                           Architecture::llama};

}  // namespace

TEST_CASE("the CPU device computes the logits of the double-precision model") {
  for (const Architecture architecture : kArchitectures) {
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
      for (const std::size_t chunk : {1, 7, 200}) {
        CAPTURE(static_cast<int>(architecture));
        CAPTURE(name_of(dtype));
        CAPTURE(chunk);
        const SyntheticCheckpoint model({.config = small_config(architecture), .dtype = dtype});
        // Over three pages, the last of them partly filled.
        const std::vector<std::int32_t> ids =
            random_ids(11, 150, model.checkpoint.config().vocab_size);
        const std::vector<Row> truth = ReferenceModel(model.checkpoint).logits(ids);
        const LogitError error = error_of(device_logits(model.checkpoint, ids, chunk), truth);
        CHECK(error.largest < kLargestF32Error);
      }
    }
  }
}

TEST_CASE("a device that made any of the usual mistakes would be noticed") {
  for (const Architecture architecture : kArchitectures) {
    const SyntheticCheckpoint model({.config = small_config(architecture)});
    const std::vector<std::int32_t> ids = random_ids(12, 96, model.checkpoint.config().vocab_size);
    const std::vector<Row> logits = device_logits(model.checkpoint, ids, 32);
    for (const Fault fault : all_faults()) {
      if (!applies(fault, model.checkpoint.config())) continue;
      CAPTURE(name_of(fault));
      const std::vector<Row> faulty = ReferenceModel(model.checkpoint, fault).logits(ids);
      CHECK(error_of(logits, faulty).largest > 10 * kLargestF32Error);
    }
  }
}

TEST_CASE("sizes that are not whole vectors are refused by name") {
  ModelConfig config = small_config(Architecture::llama);
  config.intermediate_size = 100;
  const SyntheticCheckpoint model({.config = config});
  const Result<std::unique_ptr<Device>> device = cpu::make_cpu_device(model.checkpoint, {});
  REQUIRE(!device);
  CHECK(device.error().code() == ErrorCode::unavailable);
  CHECK(device.error().message().find("intermediate_size, not 100") != std::string::npos);
}

TEST_CASE("a cache too small for one page is refused") {
  const SyntheticCheckpoint model({.config = small_config(Architecture::qwen2)});
  const Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(model.checkpoint, {.cache_bytes = 100});
  REQUIRE(!device);
  CHECK(device.error().code() == ErrorCode::unavailable);
}

TEST_CASE("the CPU device passes over a sequence that ended with the token before") {
  const SyntheticCheckpoint model({.config = small_config(Architecture::llama)});
  check_passes_over(
      [&] {
        auto device =
            cpu::make_cpu_device(model.checkpoint, {.threads = 2, .cache_bytes = 1 << 22});
        REQUIRE(device);
        return std::move(*device);
      },
      model.checkpoint.config().vocab_size);
}
