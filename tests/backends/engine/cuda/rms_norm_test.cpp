#include "backends/engine/cuda/kernels/rms_norm.h"

#include <algorithm>

#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr float kEps = 1e-6F;
// Sums of up to 8,192 squares in fp32, far below the rounding of the result.
constexpr double kTolerance = kBf16Rounding * 1.01;

struct Shape {
  std::size_t rows, hidden;
};

// One octet, one past a block's 256 of them, the embedded model's, a real model's.
constexpr Shape kShapes[] = {{1, 8}, {3, 192}, {2, 2056}, {1, 8192}};

std::vector<double> normed(std::span<const double> x, std::span<const double> weight) {
  std::vector<double> out(x.size());
  for (std::size_t at = 0; at < x.size(); at += weight.size()) {
    rms_norm_reference(std::span(out).subspan(at, weight.size()), x.subspan(at, weight.size()),
                       weight, static_cast<double>(kEps));
  }
  return out;
}

std::vector<bf16> sum_of(const std::vector<bf16>& left, const std::vector<bf16>& right) {
  std::vector<bf16> sum(left.size());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] = rounded_to_bf16(widen(left[i]) + widen(right[i]));
  }
  return sum;
}

std::vector<bf16> rows_of(const std::vector<bf16>& matrix, std::span<const std::int32_t> rows,
                          std::size_t width) {
  std::vector<bf16> taken;
  for (const std::int32_t row : rows) {
    const auto at = matrix.begin() + row * static_cast<std::ptrdiff_t>(width);
    taken.insert(taken.end(), at, at + static_cast<std::ptrdiff_t>(width));
  }
  return taken;
}

}  // namespace

TEST_CASE("a sum is stored rounded and its norm is that of the stored sum") {
  SKIP_WITHOUT_DEVICE();
  Random random(1);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.hidden);
    const auto residual = random_values(random, shape.rows * shape.hidden, 3);
    const auto delta = random_values(random, shape.rows * shape.hidden);
    const auto weight = random_values(random, shape.hidden);
    const auto sum = sum_of(residual, delta);
    in_every_order([&] {
      Stream stream = make_stream();
      auto on_device = upload(residual, stream);
      auto out = upload(delta, stream);  // in the place of delta
      add_rms_norm(out.span(), on_device.span(), out.span(), upload(weight, stream).span(), kEps,
                   stream);
      CHECK(download(on_device, stream) == sum);
      CHECK(excess(widened(download(out, stream)), normed(widened(sum), widened(weight)),
                   kTolerance, 0) <= 0);
    });
  }
}

TEST_CASE("tokens are embedded and normed in one go") {
  SKIP_WITHOUT_DEVICE();
  Random random(2);
  const std::size_t hidden = 192;
  const auto table = random_values(random, 50 * hidden);
  const auto weight = random_values(random, hidden);
  const std::vector<std::int32_t> tokens = {0, 49, 7, 7};
  const auto rows = rows_of(table, tokens, hidden);
  in_every_order([&] {
    Stream stream = make_stream();
    auto residual = room_for<bf16>(rows.size());
    auto out = room_for<bf16>(rows.size());
    embed_rms_norm(out.span(), residual.span(), upload(tokens, stream).span(),
                   upload(table, stream).span(), upload(weight, stream).span(), kEps, stream);
    CHECK(download(residual, stream) == rows);
    CHECK(excess(widened(download(out, stream)), normed(widened(rows), widened(weight)), kTolerance,
                 0) <= 0);
  });
}

TEST_CASE("the last norm is taken of the chosen rows alone and changes nothing else") {
  SKIP_WITHOUT_DEVICE();
  Random random(3);
  const std::size_t hidden = 264;
  const auto residual = random_values(random, 5 * hidden);
  const auto delta = random_values(random, 5 * hidden);
  const auto weight = random_values(random, hidden);
  const std::vector<std::int32_t> rows = {4, 0, 3};
  const auto chosen = rows_of(sum_of(residual, delta), rows, hidden);
  Stream stream = make_stream();
  const auto on_device = upload(residual, stream);
  auto out = room_for<bf16>(chosen.size());
  gather_add_rms_norm(out.span(), on_device.span(), upload(delta, stream).span(),
                      upload(rows, stream).span(), upload(weight, stream).span(), kEps, stream);
  CHECK(excess(widened(download(out, stream)), normed(widened(chosen), widened(weight)), kTolerance,
               0) <= 0);
  CHECK(download(on_device, stream) == residual);
}

TEST_CASE("a row is normed to the same bits alone and among others") {
  SKIP_WITHOUT_DEVICE();
  Random random(4);
  const std::size_t hidden = 2056;
  const auto residual = random_values(random, 3 * hidden);
  const auto delta = random_values(random, 3 * hidden);
  const auto weight = random_values(random, hidden);
  const auto run = [&](std::vector<std::int32_t> rows) {
    Stream stream = make_stream();
    auto out = room_for<bf16>(rows.size() * hidden);
    gather_add_rms_norm(out.span(), upload(residual, stream).span(), upload(delta, stream).span(),
                        upload(rows, stream).span(), upload(weight, stream).span(), kEps, stream);
    return download(out, stream);
  };
  const auto alone = run({2});
  const auto together = run({0, 1, 2});
  CHECK(std::ranges::equal(alone, std::span(together).subspan(2 * hidden)));
}

TEST_CASE("no rows are no work") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  auto empty = room_for<bf16>(0);
  const auto weight = upload(std::vector<bf16>(64), stream);
  add_rms_norm(empty.span(), empty.span(), empty.span(), weight.span(), kEps, stream);
  CHECK(static_cast<bool>(stream.wait()));
}
