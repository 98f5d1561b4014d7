// A tensor as it lies in a checkpoint: its type, its shape, and its bytes in someone's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::engine {

// IEEE 754 binary32 and binary16, and bfloat16 (the upper half of a binary32), all little-endian;
// E4M3 (e4m3.h).
enum class DType { f32, bf16, f16, e4m3 };

std::size_t size_of(DType type);       // bytes of one element
std::string_view name_of(DType type);  // as safetensors has it: "F32", "BF16", "F16", "F8_E4M3"
float widened(std::uint16_t bits, DType type);  // exact; for the two types of 16 bits

// What the elements of a matrix in E4M3 are multiplied by, in blocks of so many rows and columns;
// those at the edges may be smaller.
struct BlockScales {
  std::vector<float> values;  // [blocks of rows, blocks of columns]
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

// Row-major. Empty `data` with an empty shape is a tensor that the model does not have.
struct TensorView {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;  // the checkpoint's memory, aligned to the element
  BlockScales scales{};             // of a matrix in E4M3

  bool present() const { return !data.empty(); }
  std::size_t elements() const { return data.size() / size_of(dtype); }
  // The elements from `first` on, as many as `out` holds, exactly; of one in E4M3, times their
  // scales, rounded once. Both ends must be inside.
  void widen(std::size_t first, std::span<float> out) const;
};

// "[2, 3]".
std::string format_shape(std::span<const std::int64_t> shape);

}  // namespace proctor::engine
