#include "backends/engine/cuda/kernels/place_drawn.h"

#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

TEST_CASE("drawn tokens go to their rows and the others stay") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  constexpr std::int32_t kRows = 600;  // more than two blocks
  std::vector<std::int32_t> tokens(kRows);
  std::vector<SampleResult> results(kRows);
  std::vector<DrawnRow> rows;
  std::vector<std::int32_t> expected(kRows);
  for (std::int32_t i = 0; i < kRows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    tokens[at] = expected[at] = -i;
    results[at].id = 1000 + i;
    if (i % 3 == 2) continue;
    rows.push_back({.row = i, .result = kRows - 1 - i});
    expected[at] = 1000 + kRows - 1 - i;
  }
  const auto on_device = upload(rows, stream);
  const auto drawn = upload(results, stream);
  in_every_order([&] {
    auto placed = upload(tokens, stream);
    place_drawn(placed.span(), on_device.span(), drawn.span(), stream);
    CHECK(download(placed, stream) == expected);
  });
  auto untouched = upload(tokens, stream);
  place_drawn(untouched.span(), on_device.span().first(0), drawn.span(), stream);
  CHECK(download(untouched, stream) == tokens);
}
