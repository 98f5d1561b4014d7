// The emulator itself: that fragments lie where the PTX ISA says, and that what CUDA's rules forbid
// does not pass unnoticed.
#include <cuda_runtime.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/launch.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

// What a launch of one block of `threads` ends with; empty if it ends well.
template <class... Parameters, class... Arguments>
std::string fault_of(void (*kernel)(Parameters...), unsigned threads, std::size_t shared_bytes,
                     Arguments... arguments) {
  Stream stream = make_stream();
  launch(stream, "kernel", {.grid = 1, .block = threads, .shared_bytes = shared_bytes}, kernel,
         arguments...);
  const proctor::Result<void> result = stream.wait();
  return result ? "" : result.error().message();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Matrices {
  bf16 a[16][16];
  bf16 b[8][16];  // of the product, transposed
  bf16 b_by_rows[16][8];
};

// sums = a * b, with the operands loaded by ldmatrix: b once as it is stored by columns, once
// transposed as it is stored by rows.
void multiply(float* by_columns, float* by_rows, const Matrices* matrices) {
  Matrices& shared = shared_memory<Matrices>();
  if (threadIdx.x == 0) shared = *matrices;
  __syncthreads();
  const unsigned lane = threadIdx.x;
  std::uint32_t a[4];
  load_matrices(a, &shared.a[lane % 16][lane / 16 * 8]);
  std::uint32_t b[4];
  load_matrices(b, &shared.b[lane % 8][lane / 8 % 2 * 8]);  // the last two are the first again
  std::uint32_t b_transposed[4];
  load_matrices_transposed(b_transposed, &shared.b_by_rows[lane % 16][0]);
  for (const bool columns : {true, false}) {
    float sums[4] = {100, 100, 100, 100};
    multiply_add_16x8x16(sums, a, columns ? b[0] : b_transposed[0],
                         columns ? b[1] : b_transposed[1]);
    float* out = columns ? by_columns : by_rows;
    for (unsigned i = 0; i < 4; ++i) {
      out[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sums[i];
    }
  }
}

// Each thread gives its value to its right neighbour through shared memory.
void rotate_with_barrier(float* out, bool barrier) {
  auto* values = reinterpret_cast<float*>(dynamic_shared_memory());
  values[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (barrier) __syncthreads();
  out[threadIdx.x] = values[(threadIdx.x + blockDim.x - 1) % blockDim.x];
}

void copy_and_read(float* out, const float* from, bool wait) {
  auto* tile = reinterpret_cast<float*>(dynamic_shared_memory()) + threadIdx.x * 4;
  for (int i = 0; i < 4; ++i) tile[i] = 7;
  copy_async(tile, from + threadIdx.x * 4, threadIdx.x != 5);
  end_copy_group();
  if (wait) wait_for_copy_groups<0>();
  for (unsigned i = 0; i < 4; ++i) out[threadIdx.x * 4 + i] = tile[i];
  wait_for_copy_groups<0>();
}

void two_groups(float* out, const float* from) {
  auto* tile = reinterpret_cast<float*>(dynamic_shared_memory()) + threadIdx.x * 8;
  copy_async(tile, from, true);
  end_copy_group();
  copy_async(tile + 4, from, true);
  end_copy_group();
  wait_for_copy_groups<1>();
  out[threadIdx.x * 2] = tile[0];
  out[threadIdx.x * 2 + 1] = tile[4];
  wait_for_copy_groups<0>();
}

void never_wait(const float* from) { copy_async(dynamic_shared_memory(), from, true); }

void part_of_the_block_at_a_barrier() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncwarp();
    __syncthreads();
    __syncthreads();
  }
  __syncthreads();
}

void lanes_apart() {
  if (threadIdx.x == 3) {
    __syncwarp();
  } else {
    __shfl_xor_sync(kAllLanes, 1.0F, 1);
  }
}

void a_lane_stays_away() {
  if (threadIdx.x != 3) __syncwarp();
}

// A warp copies a tile, reads it as matrices and copies another over it.
void copy_load_copy(const bf16* from, bool barrier_before_load, bool barrier_before_copy) {
  auto* tile = reinterpret_cast<bf16*>(dynamic_shared_memory()) + threadIdx.x * 8;
  copy_async(tile, from, true);
  end_copy_group();
  wait_for_copy_groups<0>();
  if (barrier_before_load) __syncwarp();
  std::uint32_t parts[4];
  load_matrices(parts, tile);
  if (barrier_before_copy) __syncthreads();
  copy_async(tile, from, true);
  end_copy_group();
  wait_for_copy_groups<0>();
}

void write_past_the_end() { dynamic_shared_memory()[16] = 1; }

void load_past_the_end() {
  std::uint32_t parts[4];
  load_matrices(parts, reinterpret_cast<const bf16*>(dynamic_shared_memory() + 16));
}

void nothing() {}

}  // namespace

TEST_CASE("matrices loaded in both ways multiply to the product of matrices") {
  Matrices matrices = {};
  // Numbers small enough for every sum to be exact, and no two rows or columns alike.
  for (int i = 0; i < 16; ++i) {
    for (int k = 0; k < 16; ++k) {
      matrices.a[i][k] = rounded_to_bf16(static_cast<float>((i * 7 + k * 3) % 11 - 5));
      if (i < 8) {
        const bf16 value = rounded_to_bf16(static_cast<float>((i * 5 + k * k) % 13 - 6));
        matrices.b[i][k] = value;
        matrices.b_by_rows[k][i] = value;
      }
    }
  }
  std::vector<float> truth(16 * 8, 100.0F);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      for (std::size_t k = 0; k < 16; ++k) {
        truth[i * 8 + j] += widen(matrices.a[i][k]) * widen(matrices.b[j][k]);
      }
    }
  }
  in_every_order([&] {
    std::vector<float> by_columns(128);
    std::vector<float> by_rows(128);
    CHECK(fault_of(multiply, 32, sizeof(Matrices), by_columns.data(), by_rows.data(), &matrices) ==
          "");
    CHECK(by_columns == truth);
    CHECK(by_rows == truth);
  });
}

TEST_CASE("a missing barrier shows in some order of threads") {
  bool all_right = true;
  in_every_order([&] {
    std::vector<float> out(128);
    CHECK(fault_of(rotate_with_barrier, 128, 512, out.data(), true) == "");
    for (std::size_t i = 0; i < out.size(); ++i) {
      CHECK(out[i] == static_cast<float>((i + 127) % 128));
    }
    CHECK(fault_of(rotate_with_barrier, 128, 512, out.data(), false) == "");
    for (std::size_t i = 0; i < out.size(); ++i) {
      all_right = all_right && out[i] == static_cast<float>((i + 127) % 128);
    }
  });
  CHECK_FALSE(all_right);
}

TEST_CASE("an asynchronous copy arrives when it is waited for and not before") {
  std::vector<float> from(128);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
  Stream stream = make_stream();
  const auto source = upload(from, stream);  // aligned
  std::vector<float> out(128);
  CHECK(fault_of(copy_and_read, 32, 512, out.data(), source.span().data(), true) == "");
  for (std::size_t i = 0; i < out.size(); ++i) {
    CHECK(out[i] == (i / 4 == 5 ? 0 : from[i]));  // thread 5 wants zeros
  }
  CHECK(fault_of(copy_and_read, 32, 512, out.data(), source.span().data(), false) == "");
  CHECK(std::ranges::all_of(out, [](float x) { return std::isnan(x); }));

  std::vector<float> pairs(64);
  CHECK(fault_of(two_groups, 32, 1024, pairs.data(), source.span().data() + 4) == "");
  for (std::size_t i = 0; i < 32; ++i) {
    CHECK(pairs[2 * i] == 4);             // the older group
    CHECK(std::isnan(pairs[2 * i + 1]));  // the one that may be under way
  }
  CHECK(contains(fault_of(never_wait, 32, 16, source.span().data()), "copy under way"));
  CHECK(contains(fault_of(never_wait, 32, 16, source.span().data() + 1), "not aligned"));
  CHECK(contains(fault_of(never_wait, 32, 8, source.span().data()), "outside the shared memory"));
}

TEST_CASE("what other lanes have copied or read is not theirs to share without a barrier") {
  Stream stream = make_stream();
  const auto source = upload(std::vector<bf16>(8), stream);
  const bf16* from = source.span().data();
  CHECK(fault_of(copy_load_copy, 32, 512, from, true, true) == "");
  CHECK(contains(fault_of(copy_load_copy, 32, 512, from, false, true), "ldmatrix reads what was"));
  CHECK(contains(fault_of(copy_load_copy, 32, 512, from, true, false), "cp.async over what was"));
}

TEST_CASE("what CUDA forbids is a launch that failed and named after its kernel") {
  struct Row {
    void (*kernel)();
    unsigned threads;
    std::size_t shared_bytes;
    const char* fault;  // empty: none
  };
  const Row kRows[] = {
      {nothing, 32, 0, ""},
      {part_of_the_block_at_a_barrier, 32, 0, ""},
      {part_of_the_block_at_a_barrier, 64, 0, ""},  // those that have ended are not waited for
      {lanes_apart, 32, 0, "lanes of one warp are at"},
      {a_lane_stays_away, 32, 0, "waits for ever at __syncwarp"},
      {write_past_the_end, 32, 16, "past its shared memory"},
      {write_past_the_end, 32, 17, ""},
      {load_past_the_end, 32, 16, "ldmatrix outside the shared memory"},
      {nothing, 31, 0, "a block of 31 threads"},
      {nothing, 2048, 0, "a block of 2048 threads"},
      {nothing, 32, 300 * 1024, "invalid argument"},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.fault));
    const std::string fault = fault_of(row.kernel, row.threads, row.shared_bytes);
    CAPTURE(fault);
    CHECK(fault.empty() == (*row.fault == '\0'));
    CHECK(contains(fault, row.fault));
    if (*row.fault != '\0') CHECK(fault.starts_with("kernel: "));
  }
}

TEST_CASE("a stream keeps its first failure and takes no more work") {
  Stream stream = make_stream();
  launch(stream, "first", {.grid = 1, .block = 32, .shared_bytes = 0}, a_lane_stays_away);
  CHECK(stream.failed());
  auto buffer = upload(std::vector<float>{1}, stream);
  launch(stream, "second", {.grid = 1, .block = 32, .shared_bytes = 0}, lanes_apart);
  CHECK(stream.wait().error().message().starts_with("first: "));
  CHECK(stream.wait().error().message().starts_with("first: "));
}
