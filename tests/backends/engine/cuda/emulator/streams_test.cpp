// The emulator's streams: that what nothing orders shows, at some pace, and that what events and
// waits order holds at every one.
#include <cuda_runtime.h>
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "backends/engine/cuda/launch.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

Event make_event() {
  auto event = Event::make();
  REQUIRE(event);
  return std::move(*event);
}

PinnedBuffer<int> pinned_with(int value) {
  auto made = PinnedBuffer<int>::make(1);
  REQUIRE(made);
  made->span()[0] = value;
  return std::move(*made);
}

void fails() { __syncwarp(1); }

// What the one that reads finds when one stream reads a number and another writes it, and which is
// meant to be first.
enum class Meant { write_first, read_first };

int read_beside_write(Meant meant, bool ordered, bool older_reads) {
  Stream older = make_stream();
  Stream younger = make_stream();
  Stream& reads = older_reads ? older : younger;
  Stream& writes = older_reads ? younger : older;
  auto number = upload(std::vector<int>{1}, older);
  REQUIRE(older.wait());
  PinnedBuffer<int> to = pinned_with(0);
  PinnedBuffer<int> from = pinned_with(2);
  const auto write = [&] { copy_to_device(number.span(), std::as_const(from).span(), writes); };
  const auto read = [&] { copy_to_host(to.span(), std::as_const(number).span(), reads); };
  const auto order = [&](Stream& first, Stream& second) {
    if (!ordered) return;
    Event passed = make_event();
    passed.record(first);
    passed.hold(second);
  };
  if (meant == Meant::write_first) {
    write();
    order(writes, reads);
    read();
  } else {
    read();
    order(reads, writes);
    write();
  }
  REQUIRE(younger.wait());
  REQUIRE(older.wait());
  return to.span()[0];
}

}  // namespace

TEST_CASE("two streams meet in the meant order at every pace only if an event says so") {
  for (const Meant meant : {Meant::write_first, Meant::read_first}) {
    const int right = meant == Meant::write_first ? 2 : 1;
    for (const bool older_reads : {true, false}) {
      CAPTURE(right);
      CAPTURE(older_reads);
      bool luck = true;
      in_every_order_of_streams([&] {
        CHECK(read_beside_write(meant, true, older_reads) == right);
        luck = luck && read_beside_write(meant, false, older_reads) == right;
      });
      CHECK_FALSE(luck);
    }
  }
}

TEST_CASE("pinned memory is read when the copy takes place and other memory when it is asked for") {
  bool always_old = true;
  bool always_new = true;
  in_every_order_of_streams([&] {
    Stream older = make_stream();
    Stream stream = make_stream();
    auto number = room_for<int>(2);
    PinnedBuffer<int> pinned = pinned_with(1);
    std::vector<int> ordinary = {1};
    copy_to_device(number.span().first(1), std::as_const(pinned).span(), stream);
    copy_to_device(number.span().subspan(1, 1), ordinary, stream);
    pinned.span()[0] = ordinary[0] = 2;
    const std::vector<int> there = download(number, stream);
    CHECK(there[1] == 1);
    always_old = always_old && there[0] == 1;
    always_new = always_new && there[0] == 2;
  });
  CHECK_FALSE(always_old);
  CHECK_FALSE(always_new);
}

TEST_CASE("an event is where it was recorded last and no time is known before it is reached") {
  in_every_order_of_streams([] {
    Stream stream = make_stream();
    Event first = make_event();
    Event second = make_event();
    Stream other = make_stream();
    first.hold(other);  // never recorded: nothing to wait for
    REQUIRE(other.wait());
    first.record(stream);
    auto number = upload(std::vector<int>{7}, stream);
    first.record(stream);
    first.hold(other);
    CHECK(download(number, other) == std::vector<int>{7});
    second.record(stream);
    REQUIRE(second.wait());
    const auto between = second.milliseconds_since(first);
    REQUIRE(between);
    CHECK(*between >= 0);
  });
}

TEST_CASE("a failure of one stream reaches those that wait for it and no others") {
  in_every_order_of_streams([] {
    Stream bad = make_stream();
    Stream waits = make_stream();
    Stream apart = make_stream();
    launch(bad, "fails", {.grid = 1, .block = 32, .shared_bytes = 0}, fails);
    Event event = make_event();
    const bool known = bad.failed();  // it may be, or not yet
    event.record(bad);
    event.hold(waits);
    auto number = upload(std::vector<int>{7}, apart);
    CHECK(!bad.wait());
    CHECK(!bad.wait());
    CHECK(static_cast<bool>(waits.wait()) == known);  // a stream that failed records nothing
    CHECK(download(number, apart) == std::vector<int>{7});
  });
}
