// That swaps do not wait for the steps where they need not: only the emulator can hold a step up.
#include <doctest/doctest.h>

#include <cstdint>

#include "backends/engine/cuda/kernels/kv_layout.h"
#include "backends/engine/cuda/page_copies.h"
#include "tests/backends/engine/cuda/emulator/machine.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

TEST_CASE("pages go out and in beside a step but for those that it is about") {
  constexpr std::size_t kPage = sizeof(std::int32_t);
  Stream steps = make_stream();
  auto cache = upload(std::vector<std::int32_t>{10, 11, 12, 13, 14, 15}, steps);
  REQUIRE(steps.wait());
  auto made = PageCopies::make({.bytes = bytes_of(cache.span()), .layers = 1, .page_bytes = kPage},
                               HostPages(kPage, 4 * kPage), steps);
  REQUIRE(made);
  PageCopies& copies = **made;
  const auto swap = [&](std::int32_t from, std::int32_t place, std::int32_t to) {
    REQUIRE(copies.swap_out(std::span(&from, 1), std::span(&place, 1)));
    REQUIRE(copies.swap_in(std::span(&place, 1), std::span(&to, 1)));
  };
  auto written = PinnedBuffer<std::int32_t>::make(1);
  REQUIRE(written);
  written->span()[0] = 99;

  emulator::set_schedule({.pace = emulator::Pace::oldest_behind});
  // A step reads page 1 and writes page 0, once the host waits for it.
  copy_to_device(cache.span().first(1), written->span(), steps);
  const std::int32_t pages[] = {1, 0};
  const std::int32_t token = 0;
  const SequenceSlice slice = {.tokens = std::span(&token, 1),
                               .start = kPagePositions,
                               .pages = pages,
                               .sampling = {},
                               .logits = {}};
  copies.step_begun(std::span(&slice, 1));
  swap(1, 0, 2);                                  // only read by the step
  swap(0, 1, 3);                                  // written by it
  swap(5, 2, 1);                                  // to a page that it reads
  const std::int32_t* now = cache.span().data();  // which a GPU would not let the host see
  CHECK(now[0] == 10);
  CHECK(now[2] == 11);
  CHECK(now[3] == 13);
  CHECK(now[1] == 11);
  emulator::set_schedule({});
  CHECK(download(cache, steps) == std::vector<std::int32_t>{99, 15, 11, 99, 14, 15});
}
