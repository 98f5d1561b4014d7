#include "backends/engine/cuda/kernels/matmul.h"

#include <algorithm>
#include <cmath>

#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

struct Shape {
  std::size_t rows, columns, depth;
  bool bias;
};

// Alone, one past each of the three tiles, edges in all directions, the embedded model's.
constexpr Shape kShapes[] = {{1, 1, 8, true},
                             {16, 64, 64, false},
                             {17, 65, 72, true},
                             {65, 129, 136, false},
                             {5, 576, 192, true}};

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
          .weight = weight.span(),
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
    // fp32 chains of at most 192 terms of size 1, added in steps of 16.
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
  Inputs all = inputs_of({130, 70, depth, true}, random);
  const std::vector<float> whole = run<float>(all, depth);
  for (const std::size_t rows : {std::size_t{1}, std::size_t{16}, std::size_t{40}}) {
    CAPTURE(rows);
    Inputs few = all;
    few.x.erase(few.x.begin(), few.x.end() - static_cast<std::ptrdiff_t>(rows * depth));
    const std::vector<float> part = run<float>(few, depth);
    CHECK(std::ranges::equal(part, std::span(whole).last(part.size())));
  }
}
