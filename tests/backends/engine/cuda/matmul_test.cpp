#include "backends/engine/cuda/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cuda/kernels/round_rows.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

struct Shape {
  std::size_t rows, columns, depth;
  bool bias;
};

// Alone, one past each of the tiles, edges in all directions, the embedded model's.
constexpr Shape kShapes[] = {{1, 1, 8, true},     {16, 64, 64, false},   {17, 65, 72, true},
                             {33, 65, 600, true}, {65, 129, 136, false}, {5, 576, 192, true}};
// From so many columns on, tiles for 64 rows are twice as wide.
constexpr std::size_t kManyColumns = 32'768;

struct Inputs {
  std::vector<bf16> x, weight, bias;
};

Inputs inputs_of(const Shape& shape, Random& random) {
  return {random_values(random, shape.rows * shape.depth),
          random_values(random, shape.columns * shape.depth),
          random_values(random, shape.bias ? shape.columns : 0)};
}

template <class Out>
std::vector<Out> run(const Inputs& inputs, std::size_t depth) {
  Stream stream = make_stream();
  const auto x = upload(inputs.x, stream);
  const auto weight = upload(inputs.weight, stream);
  const auto bias = upload(inputs.bias, stream);
  auto out = room_for<Out>(inputs.x.size() / depth * (inputs.weight.size() / depth));
  matmul(out.span(),
         {.x = x.span(),
          .weight = WeightSpans(weight.span()),
          .bias = bias.span(),
          .depth = static_cast<int>(depth)},
         stream);
  return download(out, stream);
}

std::vector<double> truth_of(const Inputs& inputs, const Shape& shape) {
  const std::vector<double> x = widened(inputs.x);
  const std::vector<double> weight = widened(inputs.weight);
  const std::vector<double> bias = widened(inputs.bias);
  std::vector<double> out;
  for (std::size_t row = 0; row < shape.rows; ++row) {
    for (std::size_t column = 0; column < shape.columns; ++column) {
      out.push_back(matmul_reference(std::span(x).subspan(row * shape.depth, shape.depth),
                                     std::span(weight).subspan(column * shape.depth, shape.depth)) +
                    (shape.bias ? bias[column] : 0));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("products are those of the reference at all edges") {
  SKIP_WITHOUT_DEVICE();
  Random random(1);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.rows);
    CAPTURE(shape.columns);
    const Inputs inputs = inputs_of(shape, random);
    const std::vector<double> truth = truth_of(inputs, shape);
    // fp32 chains of at most 600 terms of size 1, added in steps of 16.
    const double absolute = 1e-5 * std::sqrt(static_cast<double>(shape.depth));
    in_every_order([&] {
      CHECK(excess(widened(run<float>(inputs, shape.depth)), truth, 0, absolute) <= 0);
      CHECK(excess(widened(run<bf16>(inputs, shape.depth)), truth, kBf16Rounding, absolute) <= 0);
    });
  }
}

TEST_CASE("a row of a product has the same bits in a tile of any size") {
  SKIP_WITHOUT_DEVICE();
  Random random(2);
  const std::size_t depth = 200;
  const auto check_last_rows = [depth](const Inputs& all, std::initializer_list<int> counts) {
    const std::vector<float> whole = run<float>(all, depth);
    for (const int rows : counts) {
      CAPTURE(rows);
      Inputs few = all;
      few.x.erase(few.x.begin(), few.x.end() - static_cast<std::ptrdiff_t>(
                                                   static_cast<std::size_t>(rows) * depth));
      const std::vector<float> part = run<float>(few, depth);
      CHECK(std::ranges::equal(part, std::span(whole).last(part.size())));
    }
  };
  check_last_rows(inputs_of({130, 70, depth, true}, random), {1, 16, 20, 40});
  check_last_rows(inputs_of({34, kManyColumns + 2, depth, true}, random), {1, 30});
}

TEST_CASE("weights of a row are rounded and placed as a group of the depth wants them") {
  SKIP_WITHOUT_DEVICE();
  Random random(6);
  constexpr std::size_t kRows = 9;
  constexpr std::size_t kDepth = 192;
  std::vector<bf16> weights = random_values(random, kRows * kDepth, 0.02F);
  for (std::size_t i = 0; i < kDepth; ++i) weights[2 * kDepth + i] = {};
  weights[3 * kDepth + 5] = bf16{0x7FC0};
  weights[4 * kDepth + 6] = bf16{0xFF80};
  in_every_order([&] {
    Stream stream = make_stream();
    auto bits = room_for<std::uint8_t>(weights.size());
    auto scales = room_for<float>(kRows);
    round_rows(bits.span(), scales.span(), upload(weights, stream).span(), static_cast<int>(kDepth),
               stream);
    const std::vector<std::uint8_t> found = download(bits, stream);
    const std::vector<float> found_scales = download(scales, stream);
    for (std::size_t row = 0; row < kRows; ++row) {
      CAPTURE(row);
      std::vector<float> wide;
      for (std::size_t i = 0; i < kDepth; ++i) wide.push_back(widen(weights[row * kDepth + i]));
      std::vector<std::uint8_t> expected(kDepth);
      const float scale = round_to_e4m3(wide, expected);
      const bool number = row != 3 && row != 4;
      CHECK(std::isnan(scale) == !number);
      CHECK(std::isnan(found_scales[row]) == !number);
      if (!number) continue;
      CHECK(found_scales[row] == scale);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < kDepth; ++i) {
        wrong += found[row * kDepth + e4m3_place(i)] != expected[i];
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("weights in 8 bits give the bits of the matrix that they stand for") {
  SKIP_WITHOUT_DEVICE();
  Random random(7);
  // All tiles, and edges of rows and columns.
  constexpr Shape kNarrowShapes[] = {{1, 1, 64, true},     {16, 70, 128, false},
                                     {20, 70, 576, false}, {40, 130, 192, true},
                                     {130, 65, 64, false}, {40, kManyColumns + 2, 64, false}};
  for (const Shape& shape : kNarrowShapes) {
    CAPTURE(shape.rows);
    Inputs inputs = inputs_of(shape, random);
    Stream stream = make_stream();
    auto bits = room_for<std::uint8_t>(inputs.weight.size());
    auto scales = room_for<float>(shape.columns);
    const int depth = static_cast<int>(shape.depth);
    round_rows(bits.span(), scales.span(), upload(inputs.weight, stream).span(), depth, stream);
    for (std::size_t column = 0; column < shape.columns; ++column) {
      std::vector<float> row;
      for (std::size_t i = 0; i < shape.depth; ++i) {
        row.push_back(widen(inputs.weight[column * shape.depth + i]));
      }
      std::vector<std::uint8_t> rounded(shape.depth);
      const float scale = round_to_e4m3(row, rounded);
      for (std::size_t i = 0; i < shape.depth; ++i) {
        inputs.weight[column * shape.depth + i] = rounded_to_bf16(widened_e4m3(rounded[i]) * scale);
      }
    }
    const auto narrow = [&](auto out) {
      matmul(out.span(),
             {.x = upload(inputs.x, stream).span(),
              .weight = {std::as_const(bits).span(), std::as_const(scales).span()},
              .bias = upload(inputs.bias, stream).span(),
              .depth = depth},
             stream);
      return download(out, stream);
    };
    const std::size_t size = shape.rows * shape.columns;
    CHECK(narrow(room_for<bf16>(size)) == run<bf16>(inputs, shape.depth));
    CHECK(narrow(room_for<float>(size)) == run<float>(inputs, shape.depth));
  }
}
