#include <cmath>
#include <numeric>
#include <utility>

#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/graph.h"
#include "backends/engine/cuda/host_pages.h"
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

TEST_CASE("places for pages are apart and get their memory when they are used") {
  SKIP_WITHOUT_DEVICE();
  constexpr std::size_t kPage = std::size_t{40} << 20;  // one to a slab
  HostPages pages(kPage, 3 * kPage + 1);
  CHECK(pages.places() == 3);
  const std::int32_t places[] = {2, 0};
  REQUIRE(pages.get(places));
  CHECK(pages.at(2).size() == kPage);
  pages.at(0)[7] = std::byte{1};
  pages.at(2)[7] = std::byte{2};
  CHECK(pages.at(0)[7] == std::byte{1});
  HostPages small(1000, 5500);
  CHECK(small.places() == 5);
  const std::int32_t neighbours[] = {3, 4};
  REQUIRE(small.get(neighbours));
  CHECK(small.at(4).data() == small.at(3).data() + 1000);
  CHECK(HostPages().places() == 0);
}

TEST_CASE("places that the machine has no memory for are refused") {
  SKIP_WITHOUT_DEVICE();
  HostPages pages(std::size_t{1} << 45, std::size_t{1} << 46);
  CHECK(pages.places() == 2);
  const std::int32_t place = 1;
  CHECK(!pages.get(std::span(&place, 1)));
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

TEST_CASE("a graph does nothing while it is captured and all of it at each launch") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  auto from = upload(counted(100), stream);
  auto to = upload(std::vector<int>(100, 7), stream);
  REQUIRE(stream.wait());
  Stream apart = make_stream();
  auto made = Graph::capture(apart, [&] {
    clear(to.span().first(60), apart);
    copy_on_device(to.span().subspan(50, 50), from.span().subspan(50, 50), apart);
  });
  REQUIRE(made);
  Graph graph = std::move(*made);
  CHECK(download(to, stream) == std::vector<int>(100, 7));
  std::vector<int> expected(100, 0);
  std::iota(expected.begin() + 50, expected.end(), 51);
  for (int launch = 0; launch < 2; ++launch) {
    copy_to_device(to.span(), counted(100), stream);
    graph.launch(stream);
    CHECK(download(to, stream) == expected);
  }
}

TEST_CASE("a capture in which something failed gives no graph") {
  SKIP_WITHOUT_DEVICE();
  Stream stream = make_stream();
  const auto graph =
      Graph::capture(stream, [&] { stream.note(cudaErrorInvalidValue, "a launch"); });
  REQUIRE(!graph);
  CHECK(graph.error().message().find("a launch") != std::string::npos);
}
