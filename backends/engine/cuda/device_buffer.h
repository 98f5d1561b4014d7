// Memory of the device, and host memory that the device copies from and to without a detour.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "backends/engine/cuda/stream.h"
#include "harness/core/check.h"
#include "harness/core/result.h"

namespace proctor::engine::cuda {

// Elements in device memory that someone else owns. The host passes it on and takes parts of it,
// but cannot read through it.
template <class T>
class DeviceSpan {
 public:
  DeviceSpan() = default;
  DeviceSpan(T* data, std::size_t size) : data_(data), size_(size) {}
  template <class U>
  requires std::is_same_v<const U, T> DeviceSpan(const DeviceSpan<U>& other)
      : data_(other.data()), size_(other.size()) {}

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  DeviceSpan subspan(std::size_t offset, std::size_t count) const {
    check(offset <= size_ && count <= size_ - offset);
    return {data_ + offset, count};
  }
  DeviceSpan first(std::size_t count) const { return subspan(0, count); }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

// The same memory.
template <class T>
DeviceSpan<std::byte> bytes_of(DeviceSpan<T> span) {
  return {reinterpret_cast<std::byte*>(span.data()), span.size() * sizeof(T)};
}

// How memory of a kind is taken and given back.
struct DeviceMemory {
  static cudaError_t allocate(void** memory, std::size_t bytes) {
    return cudaMalloc(memory, bytes);
  }
  static void release(void* memory) { cudaFree(memory); }
  static constexpr std::string_view kCall = "cudaMalloc";
};

struct PinnedMemory {
  static cudaError_t allocate(void** memory, std::size_t bytes) {
    return cudaMallocHost(memory, bytes);
  }
  static void release(void* memory) { cudaFreeHost(memory); }
  static constexpr std::string_view kCall = "cudaMallocHost";
};

// Owns `size` elements, not initialised, aligned to 256 bytes. Move-only.
template <class T, class Memory>
class OwnedMemory {
 public:
  OwnedMemory() = default;
  // Errors: unavailable, when there is not so much memory.
  static Result<OwnedMemory> make(std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T>);
    void* memory = nullptr;
    if (size > 0) {
      Result<void> made = to_result(Memory::allocate(&memory, size * sizeof(T)), Memory::kCall);
      if (!made) return made.error().within(std::to_string(size * sizeof(T)) + " bytes");
    }
    return OwnedMemory(static_cast<T*>(memory), size);
  }
  OwnedMemory(OwnedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  OwnedMemory& operator=(OwnedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~OwnedMemory() {
    if (data_ != nullptr) Memory::release(data_);
  }

  std::size_t size() const { return size_; }

 protected:
  OwnedMemory(T* data, std::size_t size) : data_(data), size_(size) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

template <class T>
class DeviceBuffer : public OwnedMemory<T, DeviceMemory> {
 public:
  using Base = OwnedMemory<T, DeviceMemory>;

  DeviceBuffer() = default;
  static Result<DeviceBuffer> make(std::size_t size) {
    Result<Base> base = Base::make(size);
    if (!base) return base.error();
    return DeviceBuffer(std::move(*base));
  }

  DeviceSpan<T> span() { return {this->data_, this->size_}; }
  DeviceSpan<const T> span() const { return {this->data_, this->size_}; }

 private:
  explicit DeviceBuffer(Base base) : Base(std::move(base)) {}
};

// Host memory that stays where it is, so that copies run beside the host.
template <class T>
class PinnedBuffer : public OwnedMemory<T, PinnedMemory> {
 public:
  using Base = OwnedMemory<T, PinnedMemory>;

  PinnedBuffer() = default;
  static Result<PinnedBuffer> make(std::size_t size) {
    Result<Base> base = Base::make(size);
    if (!base) return base.error();
    return PinnedBuffer(std::move(*base));
  }

  std::span<T> span() { return {this->data_, this->size_}; }
  std::span<const T> span() const { return {this->data_, this->size_}; }

 private:
  explicit PinnedBuffer(Base base) : Base(std::move(base)) {}
};

// Copies of equal lengths, in the stream's order. The host's memory must stay as it is until the
// stream has come by: with memory that is not pinned that is so when the call returns.
template <class T>
void copy_to_device(DeviceSpan<T> to, std::span<const std::type_identity_t<T>> from,
                    Stream& stream) {
  check(to.size() == from.size());
  if (to.empty() || stream.failed()) return;
  stream.note(cudaMemcpyAsync(to.data(), from.data(), from.size_bytes(), cudaMemcpyHostToDevice,
                              stream.get()),
              "cudaMemcpyAsync to the device");
}

template <class T>
void copy_to_host(std::span<T> to, DeviceSpan<const std::type_identity_t<T>> from, Stream& stream) {
  check(to.size() == from.size());
  if (to.empty() || stream.failed()) return;
  stream.note(cudaMemcpyAsync(to.data(), from.data(), to.size_bytes(), cudaMemcpyDeviceToHost,
                              stream.get()),
              "cudaMemcpyAsync to the host");
}

template <class T>
void copy_on_device(DeviceSpan<T> to, DeviceSpan<const std::type_identity_t<T>> from,
                    Stream& stream) {
  check(to.size() == from.size());
  if (to.empty() || stream.failed()) return;
  stream.note(cudaMemcpyAsync(to.data(), from.data(), to.size() * sizeof(T),
                              cudaMemcpyDeviceToDevice, stream.get()),
              "cudaMemcpyAsync on the device");
}

// All bytes 0.
template <class T>
void clear(DeviceSpan<T> span, Stream& stream) {
  if (span.empty() || stream.failed()) return;
  stream.note(cudaMemsetAsync(span.data(), 0, span.size() * sizeof(T), stream.get()),
              "cudaMemsetAsync");
}

}  // namespace proctor::engine::cuda
