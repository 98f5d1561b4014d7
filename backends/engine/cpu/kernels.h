// The arithmetic of the CPU device: one table of functions for each instruction set, all with the
// same bits.
//
// Two rules make the bits equal, whatever the vector width and whatever else is in the batch. A sum
// that runs over `depth` (a product of matrices) is one chain of fused multiply-adds per element,
// in order of depth; the vector lanes are different elements. A sum over a row (norms, softmax) has
// 16 partial sums, lane i taking elements i, i + 16, ..., which are then added as a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace proctor::engine::cpu {

// Elements that are processed together; every row's width is padded to a multiple of it.
constexpr std::size_t kLanes = 16;
// Columns of a packed panel; see PackedMatrix.
constexpr std::size_t kPanel = 64;

constexpr std::size_t padded(std::size_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

// out[r][c] = sum over d of a[r][d] * panel[d][c], added to what out holds; for r < rows,
// d < depth, c < columns, a multiple of kLanes up to kPanel.
struct Product {
  const float* a = nullptr;
  std::size_t a_stride = 0;
  std::size_t rows = 0;
  std::size_t depth = 0;
  std::size_t panel_stride = 0;  // from one depth to the next
  std::size_t columns = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};

// All functions are pure and thread-safe. Lengths n are multiples of kLanes unless it says
// otherwise.
struct Kernels {
  std::string_view name;  // "AVX-512"
  void (*multiply_f32)(const Product& product, const float* panel);
  void (*multiply_bf16)(const Product& product, const std::uint16_t* panel);
  void (*multiply_e4m3)(const Product& product, const std::uint8_t* panel);  // checkpoint/e4m3.h
  // RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467): out = x / sqrt(mean(x^2) + eps) * weight.
  // out may be x.
  void (*rms_norm)(const float* x, const float* weight, std::size_t n, float eps, float* out);
  // The gate of SwiGLU (Shazeer 2020, arXiv:2002.05202): gate = silu(gate) * up.
  void (*silu_multiply)(float* gate, const float* up, std::size_t n);
  // x[i] = exp(x[i] - largest) with `largest` the greatest of the first `valid` elements; those
  // from `valid` to n become 0. Returns the sum.
  float (*softmax_numerators)(float* x, std::size_t valid, std::size_t n);
  // x *= factor.
  void (*scale)(float* x, float factor, std::size_t n);
  // See WeighLogits in sampler/sampler.h; any length.
  void (*weigh_logits)(std::span<const float> logits, float largest, float scale,
                       std::uint64_t* weights);
};

enum class InstructionSet { avx512, avx2, scalar };

// Null when this processor, or the compiler that built us, does not have it. Scalar always is.
const Kernels* kernels_for(InstructionSet set);
// The fastest that this processor has.
const Kernels& best_kernels();

}  // namespace proctor::engine::cpu
