// The functions of cuda/intrinsics.h after the PTX ISA, for the fibers of the machine.
#include "backends/engine/cuda/intrinsics.h"

#include <cmath>
#include <cstring>

#include "backends/engine/checkpoint/e4m3.h"
#include "tests/backends/engine/cuda/emulator/machine.h"

namespace proctor::engine::cuda {
namespace {

float half_of(std::uint32_t pair, int half) {
  return widen(bf16{static_cast<std::uint16_t>(pair >> (16 * half))});
}

struct MatrixOperands {
  float (*sums)[4];
  const std::uint32_t (*a)[4];
  std::uint32_t b[2];
};

// Section "Matrix Fragments for mma.m16n8k16 with floating point type": element i of a is in row
// groupID for 0 <= i < 2 and 4 <= i < 6, else groupID + 8, and in column threadID_in_group * 2 +
// (i & 1), + 8 for i >= 4; those of b and of the sums likewise. The hardware's order of summation
// is not documented: here the 16 products are exact and are added in double.
void multiply_add(MatrixOperands* const (&lanes)[32]) {
  double a[16][16];
  double b[16][8];
  for (int lane = 0; lane < 32; ++lane) {
    const int group = lane / 4;
    const int in_group = lane % 4;
    for (int i = 0; i < 8; ++i) {
      const int row = i % 4 < 2 ? group : group + 8;
      const int column = in_group * 2 + i % 2 + (i < 4 ? 0 : 8);
      a[row][column] = static_cast<double>(half_of((*lanes[lane]->a)[i / 2], i % 2));
    }
    for (int i = 0; i < 4; ++i) {
      const int row = in_group * 2 + i % 2 + (i < 2 ? 0 : 8);
      b[row][group] = static_cast<double>(half_of(lanes[lane]->b[i / 2], i % 2));
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + (i < 2 ? 0 : 8);
      const int column = lane % 4 * 2 + i % 2;
      double sum = static_cast<double>((*lanes[lane]->sums)[i]);
      for (int k = 0; k < 16; ++k) sum += a[row][k] * b[k][column];
      (*lanes[lane]->sums)[i] = static_cast<float>(sum);
    }
  }
}

struct LoadOperands {
  std::uint32_t (*parts)[4];
  const bf16* row;
};

// Section "ldmatrix": lane 8m + i holds the address of row i of matrix m, and each lane gets of
// each matrix the elements lane % 4 * 2 and the next of row lane / 4.
template <bool transposed>
void load(LoadOperands* const (&lanes)[32]) {
  for (const LoadOperands* lane : lanes) emulator::read_shared_piece(lane->row);
  for (int lane = 0; lane < 32; ++lane) {
    for (int matrix = 0; matrix < 4; ++matrix) {
      const int major = lane / 4;
      const int minor = lane % 4 * 2;
      const auto element = [&](int row, int column) {
        return std::uint32_t{lanes[8 * matrix + row]->row[column].bits};
      };
      (*lanes[lane]->parts)[matrix] = transposed
                                          ? element(minor, major) | element(minor + 1, major) << 16
                                          : element(major, minor) | element(major, minor + 1) << 16;
    }
  }
}

}  // namespace

unsigned char* dynamic_shared_memory() { return emulator::block_shared_memory(); }

// .ftz: inputs and results below the smallest normal number are 0.
float exp2_approximate(float x) {
  const float result = std::exp2(std::fabs(x) < 0x1p-126F ? 0.0F : x);
  return result < 0x1p-126F ? 0.0F : result;
}

bf16 narrow(float value) { return rounded_to_bf16(value); }

std::uint32_t narrow_pair(float low, float high) {
  return std::uint32_t{rounded_to_bf16(high).bits} << 16 | rounded_to_bf16(low).bits;
}

std::uint32_t widen_e4m3(std::uint32_t pair) {
  return narrow_pair(widened_e4m3(static_cast<std::uint8_t>(pair >> 8)),
                     widened_e4m3(static_cast<std::uint8_t>(pair >> 24)));
}

void multiply_add_16x8x16(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                          std::uint32_t b1) {
  MatrixOperands mine = {&sums, &a, {b0, b1}};
  emulator::collective<MatrixOperands, multiply_add>("mma.m16n8k16", mine);
}

void load_matrices(std::uint32_t (&parts)[4], const bf16* row) {
  LoadOperands mine = {&parts, row};
  emulator::collective<LoadOperands, load<false>>("ldmatrix", mine);
}

void load_matrices_transposed(std::uint32_t (&parts)[4], const bf16* row) {
  LoadOperands mine = {&parts, row};
  emulator::collective<LoadOperands, load<true>>("ldmatrix.trans", mine);
}

void copy_async(void* to, const void* from, bool wanted) { emulator::start_copy(to, from, wanted); }

void end_copy_group() { emulator::end_copies(); }

void wait_for_copy_groups(int pending) { emulator::wait_for_copies(pending); }

}  // namespace proctor::engine::cuda
