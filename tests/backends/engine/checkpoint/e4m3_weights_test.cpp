// Matrices that a checkpoint holds in E4M3, with scales of blocks, of outputs or of all.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <vector>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/checkpoint/weight_files.h"
#include "backends/engine/checkpoint/weights.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

// The tensors of a small model, some of which are given other bytes.
struct Tensors {
  Tensors() : model({.config = small_config(Architecture::llama)}) {
    Result<WeightFiles> loaded = WeightFiles::load(model.folder.path());
    REQUIRE(loaded);
    files = std::move(*loaded);
    map = files.tensors();
  }

  void put(const std::string& name, DType dtype, std::vector<std::int64_t> shape,
           std::vector<std::byte> bytes) {
    memory.push_back(std::move(bytes));
    map[name] = {.dtype = dtype, .shape = std::move(shape), .data = memory.back()};
  }
  void put_scales(const std::string& name, std::vector<std::int64_t> shape,
                  const std::vector<float>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    put(name, DType::f32, std::move(shape), std::move(bytes));
  }
  // Every number in turn.
  void put_e4m3(const std::string& name, std::int64_t rows, std::int64_t columns) {
    std::vector<std::byte> bytes;
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      bytes.push_back(static_cast<std::byte>(i * 7 % 0x7F + i % 2 * 0x80));
    }
    put(name, DType::e4m3, {rows, columns}, std::move(bytes));
  }
  Result<Weights> bind() const { return bind_weights(model.checkpoint.config(), map); }
  std::string refusal() const {
    const Result<Weights> weights = bind();
    return weights ? "" : weights.error().message();
  }

  SyntheticCheckpoint model;
  WeightFiles files;
  TensorMap map;
  std::deque<std::vector<std::byte>> memory;
};

const std::string kGate = "model.layers.1.mlp.gate_proj.weight";  // 160 x 64: two blocks of rows
const std::string kDown = "model.layers.1.mlp.down_proj.weight";  // 64 x 160: two of columns

// Whether each element is what its bits mean times the scale that `scale_of` says.
template <class ScaleOf>
bool widened_right(const TensorView& view, ScaleOf scale_of) {
  const auto columns = static_cast<std::size_t>(view.shape[1]);
  std::vector<float> all(view.elements());
  view.widen(0, all);
  std::vector<float> some(columns + 30);  // across rows
  view.widen(columns / 2, some);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const float expected = widened_e4m3(std::to_integer<std::uint8_t>(view.data[i])) *
                           scale_of(i / columns, i % columns);
    if (all[i] != expected) return false;
  }
  return std::memcmp(some.data(), all.data() + columns / 2, some.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("matrices in 8 bits are widened by the scales of their blocks") {
  Tensors tensors;
  tensors.put_e4m3(kGate, 160, 64);
  tensors.put_scales(kGate + "_scale_inv", {2, 1}, {0.3F, 5});
  tensors.put_e4m3(kDown, 64, 160);
  tensors.put_scales(kDown + "_scale_inv", {1, 2}, {0.7F, 11});
  const Result<Weights> weights = tensors.bind();
  REQUIRE_MESSAGE(weights, (weights ? "" : weights.error().message()));
  CHECK(widened_right(weights->layers[1].gate,
                      [](std::size_t row, std::size_t) { return row < 128 ? 0.3F : 5.0F; }));
  CHECK(widened_right(weights->layers[1].down,
                      [](std::size_t, std::size_t column) { return column < 128 ? 0.7F : 11.0F; }));
}

TEST_CASE("matrices in 8 bits are widened by the scale of an output or of all") {
  Tensors tensors;
  std::vector<float> of_rows;
  for (int row = 0; row < 160; ++row) of_rows.push_back(0.01F * static_cast<float>(row + 1));
  tensors.put_e4m3(kGate, 160, 64);
  tensors.put_scales(kGate + "_scale", {160, 1}, of_rows);
  tensors.put_e4m3(kDown, 64, 160);
  tensors.put_scales(kDown + "_scale", {}, {0.25F});
  const Result<Weights> weights = tensors.bind();
  REQUIRE_MESSAGE(weights, (weights ? "" : weights.error().message()));
  CHECK(widened_right(weights->layers[1].gate,
                      [&](std::size_t row, std::size_t) { return of_rows[row]; }));
  CHECK(widened_right(weights->layers[1].down, [](std::size_t, std::size_t) { return 0.25F; }));
}

TEST_CASE("a NaN in 8 bits is a NaN") {
  Tensors tensors;
  tensors.put_e4m3(kGate, 160, 64);
  tensors.memory.back()[65] = std::byte{0xFF};
  tensors.put_scales(kGate + "_scale", {1}, {2});
  const Result<Weights> weights = tensors.bind();
  REQUIRE(weights);
  std::vector<float> two(2);
  weights->layers[1].gate.widen(64, two);
  CHECK_FALSE(std::isnan(two[0]));
  CHECK(std::isnan(two[1]));
}

TEST_CASE("matrices in 8 bits without scales that fit are refused by name") {
  Tensors tensors;
  tensors.put_e4m3(kGate, 160, 64);
  CHECK(tensors.refusal().find("neither " + kGate + "_scale_inv") != std::string::npos);
  tensors.put_scales(kGate + "_scale_inv", {1, 1}, {1});
  CHECK(tensors.refusal().find("expected [2, 1], found [1, 1]") != std::string::npos);
  tensors.put_scales(kGate + "_scale_inv", {2, 1}, {1, 1});
  CHECK(tensors.refusal().empty());
  // Scales of a matrix that needs none mean that something was read wrongly.
  tensors.put_scales(kDown + "_scale_inv", {1, 2}, {1, 1});
  CHECK(tensors.refusal().find(kDown + "_scale_inv") != std::string::npos);
  Tensors others;
  others.put("model.norm.weight", DType::e4m3, {64}, std::vector<std::byte>(64));
  CHECK(others.refusal().find("model.norm.weight") != std::string::npos);
}
