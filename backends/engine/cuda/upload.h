// Many small arrays for the device in one copy.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "backends/engine/cuda/device_buffer.h"
#include "harness/core/result.h"

namespace proctor::engine::cuda {

// Collects arrays in pinned memory, then sends them together. The spans are good until the next
// begin().
class Upload {
 public:
  // Forgets what was collected, and has room for `bytes` in all. The stream must have come by the
  // last send(). Errors: unavailable.
  Result<void> begin(std::size_t bytes) {
    used_ = 0;
    if (bytes <= host_.size()) return {};
    Result<PinnedBuffer<std::byte>> host = PinnedBuffer<std::byte>::make(2 * bytes);
    if (!host) return host.error();
    Result<DeviceBuffer<std::byte>> device = DeviceBuffer<std::byte>::make(2 * bytes);
    if (!device) return device.error();
    host_ = std::move(*host);
    device_ = std::move(*device);
    return {};
  }

  // What an array takes of that room.
  template <class T>
  static std::size_t room_for(const std::vector<T>& values) {
    return aligned(values.size() * sizeof(T));
  }

  template <class T>
  DeviceSpan<T> add(const std::vector<T>& values) {
    const std::size_t at = used_;
    used_ += room_for(values);
    check(used_ <= host_.size());
    if (values.empty()) return {};
    std::memcpy(host_.span().data() + at, values.data(), values.size() * sizeof(T));
    return {reinterpret_cast<T*>(device_.span().data() + at), values.size()};
  }

  // Where the device finds it all: changes when more room is taken.
  const std::byte* address() const { return device_.span().data(); }

  void send(Stream& stream) {
    copy_to_device(device_.span().first(used_),
                   std::span<const std::byte>(host_.span().first(used_)), stream);
  }

 private:
  // As cudaMalloc aligns.
  static std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

  PinnedBuffer<std::byte> host_;
  DeviceBuffer<std::byte> device_;
  std::size_t used_ = 0;
};

}  // namespace proctor::engine::cuda
