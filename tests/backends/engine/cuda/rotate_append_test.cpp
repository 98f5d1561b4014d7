#include "backends/engine/cuda/kernels/rotate_append.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/engine/checkpoint/e4m3.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr float kEps = 1e-6F;
// A turned element is a difference of two products: its rounding, and that of the larger product.
constexpr double kRelative = kBf16Rounding * 1.01;
constexpr double kAbsolute = 1e-5;

struct Shape {
  int heads, kv_heads, head_dim;
  bool norm;
};

struct Inputs {
  Shape shape;
  std::vector<bf16> qkv;
  std::vector<std::int32_t> positions = {0, 5, 5, 99};
  std::vector<std::int32_t> slots = {2 * kPagePositions, 5, kPagePositions + 5,
                                     2 * kPagePositions + 35};
  std::vector<float> cosines, sines;
  std::vector<bf16> q_norm, k_norm;
  std::vector<float> key_scales, value_scales;  // empty: a cache in bf16

  std::size_t head_dim() const { return static_cast<std::size_t>(shape.head_dim); }
  std::size_t all_heads() const {
    return static_cast<std::size_t>(shape.heads + 2 * shape.kv_heads);
  }
  KvLayout layout() const {
    return {shape.kv_heads, shape.head_dim, key_scales.empty() ? Precision::full : Precision::fp8};
  }
};

Inputs inputs_of(const Shape& shape) {
  Random random(static_cast<std::uint64_t>(shape.head_dim));
  Inputs inputs;
  inputs.shape = shape;
  inputs.qkv =
      random_values(random, inputs.positions.size() * inputs.all_heads() * inputs.head_dim());
  for (int position = 0; position < 100; ++position) {
    for (int i = 0; i < shape.head_dim / 2; ++i) {
      const float angle = static_cast<float>(position) * std::pow(0.9F, static_cast<float>(i));
      inputs.cosines.push_back(std::cos(angle));
      inputs.sines.push_back(std::sin(angle));
    }
  }
  if (shape.norm) {
    inputs.q_norm = random_values(random, inputs.head_dim());
    inputs.k_norm = random_values(random, inputs.head_dim());
  }
  return inputs;
}

// The queries, keys and values of all rows: [rows][heads + 2 kv_heads][head_dim].
std::vector<double> truth_of(const Inputs& inputs) {
  std::vector<double> values = widened(inputs.qkv);
  const std::vector<double> cosines = widened(inputs.cosines);
  const std::vector<double> sines = widened(inputs.sines);
  const std::vector<double> q_norm = widened(inputs.q_norm);
  const std::vector<double> k_norm = widened(inputs.k_norm);
  const std::size_t half = inputs.head_dim() / 2;
  for (std::size_t row = 0; row < inputs.positions.size(); ++row) {
    const std::size_t angles = static_cast<std::size_t>(inputs.positions[row]) * half;
    for (int head = 0; head < inputs.shape.heads + inputs.shape.kv_heads; ++head) {
      const std::size_t at = row * inputs.all_heads() + static_cast<std::size_t>(head);
      rotate_reference(std::span(values).subspan(at * inputs.head_dim(), inputs.head_dim()),
                       head < inputs.shape.heads ? q_norm : k_norm, static_cast<double>(kEps),
                       std::span(cosines).subspan(angles, half),
                       std::span(sines).subspan(angles, half));
    }
  }
  return values;
}

struct Outputs {
  std::vector<bf16> qkv;
  std::vector<std::byte> cache;
};

constexpr std::size_t kPages = 3;

Outputs run(const Inputs& inputs) {
  Stream stream = make_stream();
  auto qkv = upload(inputs.qkv, stream);
  auto cache = upload(std::vector<std::byte>(kPages * inputs.layout().page_bytes()), stream);
  const auto key_scales = upload(inputs.key_scales, stream);
  const auto value_scales = upload(inputs.value_scales, stream);
  const auto cosines = upload(inputs.cosines, stream);
  const auto sines = upload(inputs.sines, stream);
  const auto q_norm = upload(inputs.q_norm, stream);
  const auto k_norm = upload(inputs.k_norm, stream);
  rotate_append(qkv.span(), cache.span(), upload(inputs.positions, stream).span(),
                upload(inputs.slots, stream).span(), inputs.shape.heads, inputs.layout(),
                {.cosines = cosines.span(),
                 .sines = sines.span(),
                 .q_norm = q_norm.span(),
                 .k_norm = k_norm.span(),
                 .eps = kEps,
                 .scales = {key_scales.span(), value_scales.span()}},
                stream);
  return {download(qkv, stream), download(cache, stream)};
}

std::vector<bf16> as_bf16(const std::vector<std::byte>& bytes) {
  std::vector<bf16> values(bytes.size() / sizeof(bf16));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

constexpr Shape kShapes[] = {
    {6, 2, 32, false}, {4, 4, 64, true}, {1, 1, 96, false}, {7, 1, 128, true}, {3, 1, 20, true}};

}  // namespace

TEST_CASE("queries are turned in place and keys and values into their slots") {
  SKIP_WITHOUT_DEVICE();
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.head_dim);
    const Inputs inputs = inputs_of(shape);
    const std::vector<double> truth = truth_of(inputs);
    in_every_order([&] {
      const Outputs outputs = run(inputs);
      const std::vector<double> qkv = widened(outputs.qkv);
      std::vector<double> cache = widened(as_bf16(outputs.cache));
      const std::size_t width = inputs.head_dim();
      for (std::size_t row = 0; row < inputs.positions.size(); ++row) {
        for (int head = 0; head < static_cast<int>(inputs.all_heads()); ++head) {
          CAPTURE(row);
          CAPTURE(head);
          const std::size_t at =
              (row * inputs.all_heads() + static_cast<std::size_t>(head)) * width;
          std::span<double> got(cache);
          if (head < shape.heads) {
            got = std::span(const_cast<double*>(qkv.data()) + at, width);
          } else {
            const int kv_head = (head - shape.heads) % shape.kv_heads;
            const bool value = head - shape.heads >= shape.kv_heads;
            const auto slot = static_cast<std::size_t>(inputs.slots[row] % kPagePositions);
            got = got.subspan(inputs.layout().keys_at(inputs.slots[row] / kPagePositions, kv_head) +
                                  (value ? inputs.layout().values_offset() : 0) + slot * width,
                              width);
          }
          CHECK(excess(got, std::span(truth).subspan(at, width), kRelative, kAbsolute) <= 0);
          if (head >= shape.heads) std::ranges::fill(got, 0.0);
        }
      }
      // No other slot has been written.
      CHECK(std::ranges::count(cache, 0.0) == static_cast<std::ptrdiff_t>(cache.size()));
    });
  }
}

TEST_CASE("for a cache in 8 bits keys and values are divided and queries multiplied by scales") {
  SKIP_WITHOUT_DEVICE();
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.head_dim);
    Inputs inputs = inputs_of(shape);
    const Outputs wide = run(inputs);
    const std::vector<double> truth = truth_of(inputs);
    const std::size_t width = inputs.head_dim();
    for (std::size_t i = 0; i < static_cast<std::size_t>(shape.kv_heads) * width; ++i) {
      inputs.key_scales.push_back(std::ldexp(1.0F, static_cast<int>(i % 7) - 5));
      inputs.value_scales.push_back(std::ldexp(1.0F, static_cast<int>(i % 5) - 4));
    }
    in_every_order([&] {
      const Outputs outputs = run(inputs);
      const KvLayout layout = inputs.layout();
      std::size_t wrong_queries = 0;
      std::size_t wrong_entries = 0;
      for (std::size_t row = 0; row < inputs.positions.size(); ++row) {
        for (int head = 0; head < static_cast<int>(inputs.all_heads()); ++head) {
          const std::size_t from =
              (row * inputs.all_heads() + static_cast<std::size_t>(head)) * width;
          const bool query = head < shape.heads;
          const int kv_head =
              query ? head / (shape.heads / shape.kv_heads) : (head - shape.heads) % shape.kv_heads;
          const bool value = head >= shape.heads + shape.kv_heads;
          const std::size_t at =
              layout.keys_at(inputs.slots[row] / kPagePositions, kv_head) +
              static_cast<std::size_t>(inputs.slots[row] % kPagePositions) * width +
              (value ? layout.values_offset() : 0);
          for (std::size_t i = 0; i < width; ++i) {
            const std::size_t channel = static_cast<std::size_t>(kv_head) * width + i;
            const float scale = (value ? inputs.value_scales : inputs.key_scales)[channel];
            if (query) {
              // The same bits, a few binades lower.
              wrong_queries += widen(outputs.qkv[from + i]) != widen(wide.qkv[from + i]) * scale;
              continue;
            }
            const double stored = static_cast<double>(
                widened_e4m3(std::to_integer<std::uint8_t>(outputs.cache[at + i])));
            const double exact = truth[from + i] / static_cast<double>(scale);
            // Half a unit in the last of four places, or of what is subnormal.
            const double bound = std::max(std::fabs(exact) / 16, 0x1p-10) * (1 + 1e-4);
            wrong_entries += std::fabs(std::clamp(exact, -448.0, 448.0) - stored) > bound;
          }
        }
      }
      CHECK(wrong_queries == 0);
      CHECK(wrong_entries == 0);
    });
  }
}
