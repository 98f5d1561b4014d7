#include "harness/hub/download_view.h"

#include <doctest/doctest.h>

namespace proctor::harness::hub {
namespace {

TEST_CASE("a download is shown in units that fit its size") {
  struct Row {
    std::int64_t here;
    std::int64_t of;
    double bytes_per_s;
    const char* text;
  };
  constexpr std::int64_t kMiB = 1 << 20;
  const Row kRows[] = {
      {0, 0, 0, "a/b: 0 KiB, 0 KiB/s"},
      {2048, 0, 1024, "a/b: 2 KiB, 1 KiB/s"},
      {3 * kMiB / 2, 3 * kMiB, 2.5 * kMiB, "a/b: 1.5 MiB of 3.0 MiB (50%), 2.5 MiB/s"},
      {1024 * kMiB, 4096 * kMiB, 100.0 * kMiB, "a/b: 1.00 GiB of 4.00 GiB (25%), 100.0 MiB/s"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(format_download("a/b", row.here, row.of, row.bytes_per_s) == row.text);
  }
}

}  // namespace
}  // namespace proctor::harness::hub
