// What the tests of kernels share. The same tests run on a GPU and, without one, on the emulator.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <vector>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/stream.h"
#include "tests/support/skip.h"

// First in every test of a kernel.
#define SKIP_WITHOUT_DEVICE() \
  if (!proctor::engine::cuda::fixture::has_device()) SKIP("needs a CUDA device: there is none")

namespace proctor::engine::cuda::fixture {

using Random = std::mt19937_64;

// Calls `body` once for each order in which the device can be made to run a kernel's threads:
// several on the emulator, one on a GPU. Results must not differ.
void in_every_order(const std::function<void()>& body);

// Likewise for the orders in which streams can be made to do their work, where nothing orders them.
void in_every_order_of_streams(const std::function<void()>& body);

bool has_device();

// Stops the program if there is no device.
Stream make_stream();

template <class T>
DeviceBuffer<T> room_for(std::size_t size) {
  Result<DeviceBuffer<T>> buffer = DeviceBuffer<T>::make(size);
  REQUIRE(buffer);
  return std::move(*buffer);
}

template <class T>
DeviceBuffer<T> upload(const std::vector<T>& values, Stream& stream) {
  DeviceBuffer<T> buffer = room_for<T>(values.size());
  copy_to_device(buffer.span(), std::span<const T>(values), stream);
  return buffer;
}

template <class T>
std::vector<T> download(DeviceSpan<const T> span, Stream& stream) {
  std::vector<T> values(span.size());
  copy_to_host(std::span<T>(values), span, stream);
  const Result<void> done = stream.wait();
  if (!done) FAIL(done.error().message());
  return values;
}

template <class T>
std::vector<T> download(const DeviceBuffer<T>& buffer, Stream& stream) {
  return download(buffer.span(), stream);
}

// Normal, with this standard deviation, rounded.
std::vector<bf16> random_values(Random& random, std::size_t size, float deviation = 1);
std::vector<double> widened(std::span<const bf16> values);
std::vector<double> widened(std::span<const float> values);

// The largest |value - truth| - (relative * |truth| + absolute), so at most 0 if all are within
// these bounds; a NaN is infinitely far off.
double excess(std::span<const double> values, std::span<const double> truth, double relative,
              double absolute);

// Half a unit in the last place of bf16 is at most this part of a number.
constexpr double kBf16Rounding = 0x1p-8;

}  // namespace proctor::engine::cuda::fixture
