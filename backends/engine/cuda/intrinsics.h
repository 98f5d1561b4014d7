// Every instruction that CUDA C++ has no word for, as a function. For .cu files only.
//
// Under nvcc each is its PTX. Elsewhere they are declared only, and tests/backends/engine/cuda/
// emulator defines them after the PTX ISA, so that the kernels run without a GPU. Those that say
// "the warp" must be reached by all 32 lanes together. Titles are those of sections of the PTX ISA.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "backends/engine/cuda/bf16.h"

namespace proctor::engine::cuda {

constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

// The block's dynamic shared memory, aligned to 16 bytes.
__device__ unsigned char* dynamic_shared_memory();

// The whole of a block's shared memory as one structure; the launch names sizeof(T) bytes.
template <class T>
__device__ T& shared_memory() {
  static_assert(alignof(T) <= 16);
  return *reinterpret_cast<T*>(dynamic_shared_memory());
}

// 2^x within 2^-22 of it; 2^0 is 1, 2^-inf is 0; results below 2^-126 are 0 ("ex2").
__device__ float exp2_approximate(float x);

// To the nearest, ties to even ("cvt").
__device__ bf16 narrow(float value);
// Two at once: `low` in the lower half.
__device__ std::uint32_t narrow_pair(float low, float high);
__device__ inline float low_half(std::uint32_t pair) { return __uint_as_float(pair << 16); }
__device__ inline float high_half(std::uint32_t pair) {
  return __uint_as_float(pair & 0xFFFF0000U);
}

// Two E4M3 in bits 8 to 15 and 24 to 31 as bf16, exactly; NaNs as widened_e4m3() has them. Other
// bits are not looked at ("fma", .bf16x2).
__device__ std::uint32_t widen_e4m3(std::uint32_t pair);

// The warp: sums += a * b for a 16x16 matrix a, a 16x8 matrix b and 16x8 sums, bf16 in and fp32
// sums ("Matrix Fragments for mma.m16n8k16 with floating point type"). Lane 4r + c holds
//   a[0], a[1]: row r, row r + 8, both of columns 2c and 2c + 1; a[2], a[3]: the same, columns + 8;
//   b0, b1:     rows 2c and 2c + 1, these rows + 8, of column r;
//   sums[0..1]: row r, columns 2c and 2c + 1; sums[2..3]: row r + 8.
__device__ void multiply_add_16x8x16(float (&sums)[4], const std::uint32_t (&a)[4],
                                     std::uint32_t b0, std::uint32_t b1);

// The warp: loads four 8x8 matrices of bf16 from shared memory ("ldmatrix", .x4). Lane
// 8m + i names the row i of matrix m: 8 elements, aligned to 16 bytes. Lane 4r + c gets in
// parts[m] elements 2c and 2c + 1 of row r of matrix m; transposed, of its column r.
__device__ void load_matrices(std::uint32_t (&parts)[4], const bf16* row);
__device__ void load_matrices_transposed(std::uint32_t (&parts)[4], const bf16* row);

// Starts a copy of 16 bytes from global to shared memory, both aligned to 16; if not `wanted`,
// zeros are stored and `from` is not read, though it must be an address ("cp.async").
// What the destination holds until the copy has been waited for is not defined.
__device__ void copy_async(void* to, const void* from, bool wanted);
// Ends the group of the copies that this thread has started since the last group's end.
__device__ void end_copy_group();
// Until at most `Pending` of this thread's latest groups are not done. Other threads see what was
// copied after a barrier that follows.
template <int Pending>
__device__ void wait_for_copy_groups();

#ifdef __CUDACC__

__device__ inline unsigned char* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

__device__ inline std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

__device__ inline float exp2_approximate(float x) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

__device__ inline bf16 narrow(float value) {
  bf16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
}

__device__ inline std::uint32_t narrow_pair(float low, float high) {
  std::uint32_t result;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
  return result;
}

// The fields of E4M3 where those of bf16 are, which is 2^120 times too small. Adding -0 to the
// product keeps the sign of a zero.
__device__ inline std::uint32_t widen_e4m3(std::uint32_t pair) {
  const std::uint32_t fields = (pair & 0x80008000U) | (pair & 0x7F007F00U) >> 4;
  std::uint32_t result;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;"
      : "=r"(result)
      : "r"(fields), "r"(0x7B807B80U), "r"(0x80008000U));
  return result;
}

__device__ inline void multiply_add_16x8x16(float (&sums)[4], const std::uint32_t (&a)[4],
                                            std::uint32_t b0, std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ inline void load_matrices(std::uint32_t (&parts)[4], const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
               : "r"(shared_address(row))
               : "memory");
}

__device__ inline void load_matrices_transposed(std::uint32_t (&parts)[4], const bf16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
               : "r"(shared_address(row))
               : "memory");
}

__device__ inline void copy_async(void* to, const void* from, bool wanted) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
               "r"(wanted ? 16 : 0)
               : "memory");
}

__device__ inline void end_copy_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int Pending>
__device__ void wait_for_copy_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

#else

__device__ void wait_for_copy_groups(int pending);

template <int Pending>
__device__ void wait_for_copy_groups() {
  wait_for_copy_groups(Pending);
}

#endif

}  // namespace proctor::engine::cuda
