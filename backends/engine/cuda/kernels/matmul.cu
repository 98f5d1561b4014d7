#include <type_traits>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/matmul.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kDepth = 64;  // of a tile: one row of it fills all banks once
constexpr int kStages = 3;
constexpr int kPieces = kDepth / 8;  // 16-byte pieces of a tile's row

// How a block's warps share its tile: WarpRows by WarpColumns of them, each with RowTiles of 16
// rows by ColumnTiles of 8 columns. ColumnTiles is even: one ldmatrix serves two.
template <int WarpRows, int WarpColumns, int RowTiles, int ColumnTiles>
struct Tiling {
  static_assert(ColumnTiles % 2 == 0);
  static constexpr int kWarpColumns = WarpColumns;
  static constexpr int kRowTiles = RowTiles;
  static constexpr int kColumnTiles = ColumnTiles;
  static constexpr int kThreads = WarpRows * WarpColumns * kWarp;
  static constexpr int kRows = WarpRows * RowTiles * 16;
  static constexpr int kColumns = WarpColumns * ColumnTiles * 8;
};

using FewRows = Tiling<1, 4, 1, 2>;   // 16 by 64
using SomeRows = Tiling<2, 4, 2, 4>;  // 64 by 128
using ManyRows = Tiling<2, 4, 4, 4>;  // 128 by 128

template <class Shape>
struct MatmulShared {
  struct alignas(16) Stage {
    bf16 x[Shape::kRows * kDepth];
    bf16 weight[Shape::kColumns * kDepth];
  };
  Stage stages[kStages];
};

// As piece_at() in attention_tile.h: the pieces of 8 rows fall into different banks.
__device__ int tile_at(int row, int piece) { return row * kDepth + (piece ^ (row & 7)) * 8; }

struct MatmulArguments {
  void* out;
  const bf16* x;
  const bf16* weight;
  const bf16* bias;  // null: none
  int rows;
  int columns;
  int depth;
};

// The block: starts the copies of a tile of `Rows` rows from `first`, zeros past the matrix's
// edges.
template <int Rows, int Threads>
__device__ void fetch_tile(bf16* tile, const bf16* matrix, int first, int rows, int at, int depth) {
#pragma unroll
  for (int i = 0; i < Rows * kPieces / Threads; ++i) {
    const int number = static_cast<int>(threadIdx.x) + i * Threads;
    const int row = number / kPieces;
    const int piece = number % kPieces;
    const int column = at + piece * 8;
    const bool inside = first + row < rows && column < depth;
    const std::size_t from =
        static_cast<std::size_t>(first + row) * static_cast<std::size_t>(depth) +
        static_cast<std::size_t>(column);
    copy_async(tile + tile_at(row, piece), matrix + (inside ? from : 0), inside);
  }
}

// The sums of a warp's part of the tile.
template <class Shape>
struct Sums {
  float values[Shape::kRowTiles][Shape::kColumnTiles][4];
};

// The warp: sums += x * weight over a tile's depth, 16 at a time in order.
template <class Shape>
__device__ void multiply_tile(Sums<Shape>& sums, const typename MatmulShared<Shape>::Stage& stage) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int first_row = warp / Shape::kWarpColumns * Shape::kRowTiles * 16;
  const int first_column = warp % Shape::kWarpColumns * Shape::kColumnTiles * 8;
#pragma unroll
  for (int step = 0; step < kDepth / 16; ++step) {
    std::uint32_t left[Shape::kRowTiles][4];
#pragma unroll
    for (int r = 0; r < Shape::kRowTiles; ++r) {
      // Matrices: rows 0-7 and 8-15 of the depth's first half, then of its second.
      load_matrices(left[r],
                    stage.x + tile_at(first_row + r * 16 + lane % 16, step * 2 + lane / 16));
    }
#pragma unroll
    for (int c = 0; c < Shape::kColumnTiles; c += 2) {
      // Matrices: both halves of the depth for 8 columns, then for the next 8.
      std::uint32_t right[4];
      load_matrices(right, stage.weight + tile_at(first_column + c * 8 + lane / 16 * 8 + lane % 8,
                                                  step * 2 + lane / 8 % 2));
#pragma unroll
      for (int r = 0; r < Shape::kRowTiles; ++r) {
        multiply_add_16x8x16(sums.values[r][c], left[r], right[0], right[1]);
        multiply_add_16x8x16(sums.values[r][c + 1], left[r], right[2], right[3]);
      }
    }
  }
}

__device__ void put(float* to, float value) { *to = value; }
__device__ void put(bf16* to, float value) { *to = narrow(value); }

template <class Shape, class Out>
__device__ void put_sums(const MatmulArguments& arguments, const Sums<Shape>& sums, int block_row,
                         int block_column) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int row_of_lane = block_row + warp / Shape::kWarpColumns * Shape::kRowTiles * 16 + lane / 4;
  const int column_of_lane =
      block_column + warp % Shape::kWarpColumns * Shape::kColumnTiles * 8 + lane % 4 * 2;
  auto* out = static_cast<Out*>(arguments.out);
#pragma unroll
  for (int c = 0; c < Shape::kColumnTiles; ++c) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int column = column_of_lane + c * 8 + i % 2;
      if (column >= arguments.columns) continue;
      const float bias = arguments.bias == nullptr ? 0.0F : widen(arguments.bias[column]);
#pragma unroll
      for (int r = 0; r < Shape::kRowTiles; ++r) {
        const int row = row_of_lane + r * 16 + i / 2 * 8;
        if (row >= arguments.rows) continue;
        const std::size_t at =
            static_cast<std::size_t>(row) * static_cast<std::size_t>(arguments.columns) +
            static_cast<std::size_t>(column);
        put(out + at, sums.values[r][c][i] + bias);
      }
    }
  }
}

// One block a tile; the blocks of one tile of columns are neighbours, so that its weights are read
// from memory once.
template <class Shape, class Out>
__global__ void __launch_bounds__(Shape::kThreads) multiply(MatmulArguments arguments) {
  MatmulShared<Shape>& shared = shared_memory<MatmulShared<Shape>>();
  const int block_row = static_cast<int>(blockIdx.x) * Shape::kRows;
  const int block_column = static_cast<int>(blockIdx.y) * Shape::kColumns;
  const int tiles = (arguments.depth + kDepth - 1) / kDepth;
  const auto fetch = [&](int tile) {
    if (tile < tiles) {
      auto& stage = shared.stages[tile % kStages];
      fetch_tile<Shape::kRows, Shape::kThreads>(stage.x, arguments.x, block_row, arguments.rows,
                                                tile * kDepth, arguments.depth);
      fetch_tile<Shape::kColumns, Shape::kThreads>(stage.weight, arguments.weight, block_column,
                                                   arguments.columns, tile * kDepth,
                                                   arguments.depth);
    }
    end_copy_group();
  };
  Sums<Shape> sums;
#pragma unroll
  for (int r = 0; r < Shape::kRowTiles; ++r) {
#pragma unroll
    for (int c = 0; c < Shape::kColumnTiles; ++c) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sums.values[r][c][i] = 0;
    }
  }
#pragma unroll
  for (int tile = 0; tile < kStages - 1; ++tile) fetch(tile);
  for (int tile = 0; tile < tiles; ++tile) {
    wait_for_copy_groups<kStages - 2>();
    __syncthreads();  // the tile is there for all threads, and all have done with the one before
    fetch(tile + kStages - 1);
    multiply_tile<Shape>(sums, shared.stages[tile % kStages]);
  }
  wait_for_copy_groups<0>();
  put_sums<Shape, Out>(arguments, sums, block_row, block_column);
}

template <class Shape, class Out>
void launch_tiles(const MatmulArguments& arguments, Stream& stream) {
  const auto parts = [](int whole, int part) {
    return static_cast<unsigned>((whole + part - 1) / part);
  };
  const LaunchShape shape = {
      .grid = dim3(parts(arguments.rows, Shape::kRows), parts(arguments.columns, Shape::kColumns)),
      .block = Shape::kThreads,
      .shared_bytes = sizeof(MatmulShared<Shape>)};
  launch(stream, "matmul", shape, multiply<Shape, Out>, arguments);
}

template <class Out>
void launch_matmul(DeviceSpan<Out> out, const MatmulOperands& operands, Stream& stream) {
  check(operands.depth > 0 && operands.depth % 8 == 0);
  const auto depth = static_cast<std::size_t>(operands.depth);
  const std::size_t rows = operands.x.size() / depth;
  const std::size_t columns = operands.weight.size() / depth;
  check(rows * depth == operands.x.size() && columns * depth == operands.weight.size());
  check(out.size() == rows * columns);
  check(operands.bias.empty() || operands.bias.size() == columns);
  const MatmulArguments arguments = {
      .out = out.data(),
      .x = operands.x.data(),
      .weight = operands.weight.data(),
      .bias = operands.bias.empty() ? nullptr : operands.bias.data(),
      .rows = static_cast<int>(rows),
      .columns = static_cast<int>(columns),
      .depth = operands.depth,
  };
  if (rows <= FewRows::kRows) return launch_tiles<FewRows, Out>(arguments, stream);
  if (rows <= SomeRows::kRows) return launch_tiles<SomeRows, Out>(arguments, stream);
  launch_tiles<ManyRows, Out>(arguments, stream);
}

}  // namespace

void matmul(DeviceSpan<bf16> out, const MatmulOperands& operands, Stream& stream) {
  launch_matmul(out, operands, stream);
}

void matmul(DeviceSpan<float> out, const MatmulOperands& operands, Stream& stream) {
  launch_matmul(out, operands, stream);
}

}  // namespace proctor::engine::cuda
