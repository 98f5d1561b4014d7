#include "backends/engine/cuda/kernels/silu_multiply.h"

#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

// ex2.approx is off by 2^-22, all else by less: far below the rounding of the result. Results below
// bf16's normal numbers have a coarser unit.
constexpr double kRelative = kBf16Rounding * 1.01;
constexpr double kAbsolute = 0x1p-130;

}  // namespace

TEST_CASE("the gate multiplies as the reference does") {
  SKIP_WITHOUT_DEVICE();
  struct Row {
    std::size_t rows, width;
  };
  constexpr Row kRows[] = {{1, 8}, {3, 512}, {5, 1032}};
  Random random(1);
  for (const Row& row : kRows) {
    CAPTURE(row.width);
    const auto gate_up = random_values(random, row.rows * 2 * row.width, 6);
    const auto wide = widened(gate_up);
    std::vector<double> truth(row.rows * row.width);
    for (std::size_t i = 0; i < row.rows; ++i) {
      silu_multiply_reference(std::span(truth).subspan(i * row.width, row.width),
                              std::span(wide).subspan(2 * i * row.width, row.width),
                              std::span(wide).subspan((2 * i + 1) * row.width, row.width));
    }
    in_every_order([&] {
      Stream stream = make_stream();
      auto out = room_for<bf16>(truth.size());
      silu_multiply(out.span(), upload(gate_up, stream).span(), static_cast<int>(row.width),
                    stream);
      CHECK(excess(widened(download(out, stream)), truth, kRelative, kAbsolute) <= 0);
    });
  }
}

TEST_CASE("gates far from zero close or pass and make no NaN") {
  SKIP_WITHOUT_DEVICE();
  const float gates[] = {-1e30F, -300.0F, -90.0F, -0.0F, 0.0F, 90.0F, 300.0F, 1e30F};
  std::vector<bf16> gate_up;
  for (const float gate : gates) gate_up.push_back(rounded_to_bf16(gate));
  for (int i = 0; i < 8; ++i) gate_up.push_back(rounded_to_bf16(2));
  Stream stream = make_stream();
  auto out = room_for<bf16>(8);
  silu_multiply(out.span(), upload(gate_up, stream).span(), 8, stream);
  const auto values = widened(download(out, stream));
  const double truth[] = {0, 0, 0, 0, 0, 180, 600, 2e30};
  CHECK(excess(values, truth, 2 * kBf16Rounding, 1e-36) <= 0);
}
