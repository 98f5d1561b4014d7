// Each instruction set against plain loops in double precision, and bit for bit against each other.
#include "backends/engine/cpu/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/sampler/sampler.h"

using namespace proctor::engine;
using namespace proctor::engine::cpu;

namespace {

std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> kernels;
  for (const InstructionSet set :
       {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512}) {
    if (const Kernels* found = kernels_for(set)) kernels.push_back(found);
  }
  return kernels;
}

std::vector<float> random_floats(std::size_t count, std::uint64_t seed, float spread = 1.0F) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

}  // namespace

TEST_CASE("products are chains of fused multiply-adds in order of depth") {
  for (const std::size_t rows : {1, 2, 3, 4, 5, 6, 7, 13, 24}) {
    for (const std::size_t depth : {1, 3, 64, 515}) {
      for (const std::size_t columns : {16, 32, 48, 64}) {
        CAPTURE(rows);
        CAPTURE(depth);
        CAPTURE(columns);
        const std::size_t a_stride = depth + 5;
        const std::size_t out_stride = columns + 16;
        const std::vector<float> a = random_floats(rows * a_stride, 1);
        std::vector<float> panel = random_floats(depth * kPanel, 2);
        std::vector<std::uint16_t> narrow(panel.size());
        for (std::size_t i = 0; i < panel.size(); ++i) {
          narrow[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(panel[i]) >> 16);
          panel[i] = std::bit_cast<float>(std::uint32_t{narrow[i]} << 16);
        }
        const std::vector<float> before = random_floats(rows * out_stride, 3);
        std::vector<float> expected = before;
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < columns; ++c) {
            float& sum = expected[r * out_stride + c];
            for (std::size_t d = 0; d < depth; ++d) {
              sum = std::fma(a[r * a_stride + d], panel[d * kPanel + c], sum);
            }
          }
        }
        for (const Kernels* kernels : all_kernels()) {
          CAPTURE(kernels->name);
          Product product = {.a = a.data(),
                             .a_stride = a_stride,
                             .rows = rows,
                             .depth = depth,
                             .panel_stride = kPanel,
                             .columns = columns,
                             .out_stride = out_stride};
          std::vector<float> wide = before;
          product.out = wide.data();
          kernels->multiply_f32(product, panel.data());
          CHECK(wide == expected);  // the gaps between rows untouched, too
          std::vector<float> half = before;
          product.out = half.data();
          kernels->multiply_bf16(product, narrow.data());
          CHECK(half == expected);
        }
      }
    }
  }
}

TEST_CASE("products with weights of 8 bits are those with what the bits mean") {
  constexpr std::size_t kDepth = 130;
  std::mt19937_64 random(9);
  std::vector<std::uint8_t> bits(kDepth * kPanel);
  std::vector<float> panel;
  for (std::uint8_t& pattern : bits) {  // any but the two NaNs, the subnormal ones too
    pattern = static_cast<std::uint8_t>(random() % 0x7F + random() % 2 * 0x80);
    panel.push_back(widened_e4m3(pattern));
  }
  for (const std::size_t rows : {1, 4, 9}) {
    for (const std::size_t columns : {16, 48, 64}) {
      const std::vector<float> a = random_floats(rows * kDepth, 1);
      const std::vector<float> before = random_floats(rows * columns, 3);
      for (const Kernels* kernels : all_kernels()) {
        CAPTURE(kernels->name);
        Product product = {.a = a.data(),
                           .a_stride = kDepth,
                           .rows = rows,
                           .depth = kDepth,
                           .panel_stride = kPanel,
                           .columns = columns,
                           .out_stride = columns};
        std::vector<float> expected = before;
        product.out = expected.data();
        kernels->multiply_f32(product, panel.data());
        std::vector<float> found = before;
        product.out = found.data();
        kernels->multiply_e4m3(product, bits.data());
        CHECK(found == expected);
      }
    }
  }
}

TEST_CASE("norms and gates are right, and the same bits in every instruction set") {
  for (const std::size_t n : {16, 64, 192, 896}) {
    const std::vector<float> x = random_floats(n, 4, 3.0F);
    const std::vector<float> weight = random_floats(n, 5);
    double squares = 0;
    for (const float value : x) squares += static_cast<double>(value) * value;
    const double factor = 1 / std::sqrt(squares / static_cast<double>(n) + 1e-6);

    std::vector<float> normed(n), gated = x, first_normed(n), first_gated(n);
    for (const Kernels* kernels : all_kernels()) {
      CAPTURE(kernels->name);
      gated = x;
      kernels->rms_norm(x.data(), weight.data(), n, 1e-6F, normed.data());
      kernels->silu_multiply(gated.data(), weight.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(normed[i] == doctest::Approx(x[i] * factor * weight[i]).epsilon(1e-5));
        const double silu = x[i] / (1 + std::exp(-static_cast<double>(x[i])));
        CHECK(gated[i] == doctest::Approx(silu * weight[i]).epsilon(1e-5));
      }
      if (kernels->name == "scalar") {
        first_normed = normed;
        first_gated = gated;
      }
      CHECK(normed == first_normed);
      CHECK(gated == first_gated);
    }
  }
}

TEST_CASE("the gate survives values that overflow the exponential") {
  const std::vector<float> up(16, 1.0F);
  for (const Kernels* kernels : all_kernels()) {
    std::vector<float> gate(16, 0.0F);
    gate[0] = 1000.0F;
    gate[1] = -1000.0F;
    kernels->silu_multiply(gate.data(), up.data(), gate.size());
    CHECK(gate[0] == 1000.0F);
    CHECK(gate[1] == 0.0F);
    CHECK(gate[2] == 0.0F);
  }
}

TEST_CASE("softmax numerators leave out what is not valid") {
  for (const std::size_t valid : {1, 2, 15, 16, 17, 63}) {
    const std::size_t n = padded(valid);
    std::vector<float> scores = random_floats(n, 6, 5.0F);
    for (std::size_t i = valid; i < n; ++i) scores[i] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> first;
    float first_sum = 0;
    for (const Kernels* kernels : all_kernels()) {
      CAPTURE(kernels->name);
      std::vector<float> x = scores;
      const float sum = kernels->softmax_numerators(x.data(), valid, n);
      double expected = 0;
      const float largest =
          *std::max_element(scores.begin(), scores.begin() + static_cast<long>(valid));
      for (std::size_t i = 0; i < valid; ++i) {
        const double value = std::exp(static_cast<double>(scores[i]) - largest);
        CHECK(x[i] == doctest::Approx(value).epsilon(1e-6));
        expected += value;
      }
      CHECK(sum == doctest::Approx(expected).epsilon(1e-6));
      for (std::size_t i = valid; i < n; ++i) CHECK(x[i] == 0.0F);
      if (first.empty()) {
        first = x;
        first_sum = sum;
      }
      CHECK(x == first);
      CHECK(sum == first_sum);
    }
  }
}

TEST_CASE("logits weigh what the sampler's reference says, bit for bit") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const std::size_t n : {1, 15, 16, 17, 1000}) {
    std::vector<float> logits = random_floats(n, 7, 8.0F);
    logits[n / 2] = std::numeric_limits<float>::quiet_NaN();
    logits[n / 3] = -kInfinity;
    logits[n - 1] = 30.0F;
    for (const float scale : {1.0F, 1.0F / 0.6F, 100.0F}) {
      std::vector<std::uint64_t> expected(n);
      weigh_logits_reference(logits, 30.0F, scale, expected.data());
      CHECK(expected[n - 1] == std::uint64_t{1} << 40);
      for (const Kernels* kernels : all_kernels()) {
        CAPTURE(kernels->name);
        std::vector<std::uint64_t> weights(n);
        kernels->weigh_logits(logits, 30.0F, scale, weights.data());
        CHECK(weights == expected);
      }
    }
  }
}
