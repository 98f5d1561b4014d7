#include <cmath>
#include <numeric>
#include <utility>

#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/stream.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

std::vector<int> counted(std::size_t size) {
  std::vector<int> values(size);
  std::iota(values.begin(), values.end(), 1);
  return values;
}

}  // namespace

TEST_CASE("what is copied to the device and about it comes back") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  auto first = upload(counted(1000), stream);
  auto second = room_for<int>(1000);
  clear(second.span(), stream);
  copy_on_device(second.span().subspan(10, 5), first.span().first(5), stream);
  std::vector<int> expected(1000, 0);
  std::iota(expected.begin() + 10, expected.begin() + 15, 1);
  CHECK(download(second, stream) == expected);
  CHECK(download(first, stream) == counted(1000));
}

TEST_CASE("pinned memory goes to the device and back") {
  SKIP_WITHOUT_DEVICE();
  auto made = PinnedBuffer<int>::make(300);
  REQUIRE(made);
  PinnedBuffer<int> pinned = std::move(*made);
  std::iota(pinned.span().begin(), pinned.span().end(), 1);
  Stream stream = make_stream();
  auto buffer = room_for<int>(300);
  copy_to_device(buffer.span(), std::as_const(pinned).span(), stream);
  copy_to_host(pinned.span(), std::as_const(buffer).span(), stream);
  REQUIRE(stream.wait());
  CHECK(std::vector<int>(pinned.span().begin(), pinned.span().end()) == counted(300));
}

TEST_CASE("a buffer moves with its memory and an empty one has none") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  auto first = upload(counted(7), stream);
  const int* memory = first.span().data();
  DeviceBuffer<int> second = std::move(first);
  CHECK(second.span().data() == memory);
  CHECK(reinterpret_cast<std::uintptr_t>(memory) % 256 == 0);
  auto empty = room_for<int>(0);
  CHECK(empty.span().empty());
  empty = std::move(second);
  CHECK(download(empty, stream) == counted(7));
}

TEST_CASE("memory that the device does not have is an error that says how much was asked for") {
  SKIP_WITHOUT_DEVICE();
  const auto buffer = DeviceBuffer<float>::make(std::size_t{1} << 50);
  REQUIRE_FALSE(buffer);
  CHECK(buffer.error().code() == proctor::ErrorCode::unavailable);
  CHECK(buffer.error().message() == "4503599627370496 bytes: cudaMalloc: out of memory");
}

TEST_CASE("events mark points of a stream and order two of them") {
  SKIP_WITHOUT_DEVICE();
  Stream first = make_stream();
  Stream second = make_stream();
  auto made = Event::make();
  REQUIRE(made);
  Event begin = std::move(*made);
  auto also_made = Event::make();
  REQUIRE(also_made);
  Event end = std::move(*also_made);
  begin.record(first);
  auto buffer = room_for<int>(100);
  clear(buffer.span(), first);
  end.record(first);
  end.hold(second);
  CHECK(download(buffer, second) == std::vector<int>(100, 0));
  REQUIRE(end.wait());
  const auto milliseconds = end.milliseconds_since(begin);
  REQUIRE(milliseconds);
  CHECK(*milliseconds >= 0);
  CHECK(std::isfinite(*milliseconds));
}
