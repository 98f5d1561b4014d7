#include <type_traits>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/matmul.h"
#include "backends/engine/cuda/kernels/round_rows.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kDepth = 64;           // of a tile: one row of it fills all banks once
constexpr int kPieces = kDepth / 8;  // 16-byte pieces of a tile's row

// How a block's warps share its tile: WarpRows by WarpColumns of them, each with RowTiles of 16
// rows by ColumnTiles of 8 columns. ColumnTiles is even: one ldmatrix serves two. Stages: tiles
// that are on their way or at hand; the fewer blocks there are, the more of the weights each must
// have under way.
template <int WarpRows, int WarpColumns, int RowTiles, int ColumnTiles, int Stages>
struct Tiling {
  static_assert(ColumnTiles % 2 == 0);
  static constexpr int kStages = Stages;
  static constexpr int kWarpColumns = WarpColumns;
  static constexpr int kRowTiles = RowTiles;
  static constexpr int kColumnTiles = ColumnTiles;
  static constexpr int kThreads = WarpRows * WarpColumns * kWarp;
  static constexpr int kRows = WarpRows * RowTiles * 16;
  static constexpr int kColumns = WarpColumns * ColumnTiles * 8;
};

using FewRows = Tiling<1, 4, 1, 2, 8>;         // 16 by 64
using MoreRows = Tiling<1, 4, 2, 2, 8>;        // 32 by 64
using SomeRowsNarrow = Tiling<2, 2, 2, 4, 6>;  // 64 by 64
using SomeRows = Tiling<2, 4, 2, 4, 4>;        // 64 by 128
using ManyRows = Tiling<2, 4, 4, 4, 3>;        // 128 by 128

// Where columns make fewer tiles of 128, those would leave some of a GPU's processors idle.
constexpr int kTilesForAll = 256;

// Weight: bf16, or std::uint8_t for E4M3.
template <class Shape, class Weight>
struct MatmulShared {
  struct alignas(16) Stage {
    bf16 x[Shape::kRows * kDepth];
    Weight weight[Shape::kColumns * kDepth];
  };
  Stage stages[Shape::kStages];
};

// As piece_at() in kv_tile.h: the pieces of 8 rows fall into different banks.
__device__ int tile_at(int row, int piece) { return row * kDepth + (piece ^ (row & 7)) * 8; }

struct MatmulArguments {
  void* out;
  const bf16* x;
  const void* weight;
  const float* scales;  // of weights in E4M3
  const bf16* bias;     // null: none
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

// The same of weights in E4M3, a group a row; the depth ends with one. What a lane reads lies in
// other banks than what its neighbours do, as it is.
template <int Rows, int Threads>
__device__ void fetch_tile(std::uint8_t* tile, const std::uint8_t* matrix, int first, int rows,
                           int at, int depth) {
  static_assert(kDepth == kGroupDepth);
  constexpr int kRowPieces = kGroupDepth / 16;
#pragma unroll
  for (int i = 0; i < Rows * kRowPieces / Threads; ++i) {
    const int number = static_cast<int>(threadIdx.x) + i * Threads;
    const int row = number / kRowPieces;
    const bool inside = first + row < rows;
    const std::size_t from =
        static_cast<std::size_t>(first + row) * static_cast<std::size_t>(depth) +
        static_cast<std::size_t>(at + number % kRowPieces * 16);
    copy_async(tile + number * 16, matrix + (inside ? from : 0), inside);
  }
}

// The sums of a warp's part of the tile.
template <class Shape>
struct Sums {
  float values[Shape::kRowTiles][Shape::kColumnTiles][4];
};

// The weights of 8 * ColumnTiles columns from `first` on, as lanes take them into products.
template <int ColumnTiles, class Weight>
class RightOperands;

template <int ColumnTiles>
class RightOperands<ColumnTiles, bf16> {
 public:
  __device__ RightOperands(const bf16* tile, int first) : tile_(tile), first_(first) {}

  // Both halves of the depth for the 8 columns of column tile c, then for the next 8.
  __device__ void load(std::uint32_t (&right)[4], int step, int c) const {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    load_matrices(
        right, tile_ + tile_at(first_ + c * 8 + lane / 16 * 8 + lane % 8, step * 2 + lane / 8 % 2));
  }

 private:
  const bf16* tile_;
  int first_;
};

template <int ColumnTiles>
class RightOperands<ColumnTiles, std::uint8_t> {
 public:
  __device__ RightOperands(const std::uint8_t* tile, int first) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
    for (int c = 0; c < ColumnTiles; ++c) {
      const uint4 words = *reinterpret_cast<const uint4*>(
          tile + (first + c * 8 + lane / 4) * kGroupDepth + lane % 4 * 16);
      words_[c][0] = words.x;
      words_[c][1] = words.y;
      words_[c][2] = words.z;
      words_[c][3] = words.w;
    }
  }

  __device__ void load(std::uint32_t (&right)[4], int step, int c) const {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t word = words_[c + i][step];
      right[2 * i] = widen_e4m3(__byte_perm(word, 0, 0x1404));
      right[2 * i + 1] = widen_e4m3(__byte_perm(word, 0, 0x3424));
    }
  }

 private:
  std::uint32_t words_[ColumnTiles][4];  // a word for each step
};

// The warp: sums += x * weight over a tile's depth, 16 at a time in order.
template <class Shape, class Weight>
__device__ void multiply_tile(Sums<Shape>& sums,
                              const typename MatmulShared<Shape, Weight>::Stage& stage) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int first_row = warp / Shape::kWarpColumns * Shape::kRowTiles * 16;
  const int first_column = warp % Shape::kWarpColumns * Shape::kColumnTiles * 8;
  const RightOperands<Shape::kColumnTiles, Weight> weights(stage.weight, first_column);
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
      std::uint32_t right[4];
      weights.load(right, step, c);
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
      const float scale = arguments.scales == nullptr ? 1.0F : arguments.scales[column];
#pragma unroll
      for (int r = 0; r < Shape::kRowTiles; ++r) {
        const int row = row_of_lane + r * 16 + i / 2 * 8;
        if (row >= arguments.rows) continue;
        const std::size_t at =
            static_cast<std::size_t>(row) * static_cast<std::size_t>(arguments.columns) +
            static_cast<std::size_t>(column);
        put(out + at, sums.values[r][c][i] * scale + bias);
      }
    }
  }
}

// One block a tile; the blocks of one tile of columns are neighbours, so that its weights are read
// from memory once.
template <class Shape, class Weight, class Out>
__global__ void __launch_bounds__(Shape::kThreads) multiply(MatmulArguments arguments) {
  MatmulShared<Shape, Weight>& shared = shared_memory<MatmulShared<Shape, Weight>>();
  const auto* weight = static_cast<const Weight*>(arguments.weight);
  const int block_row = static_cast<int>(blockIdx.x) * Shape::kRows;
  const int block_column = static_cast<int>(blockIdx.y) * Shape::kColumns;
  const int tiles = (arguments.depth + kDepth - 1) / kDepth;
  constexpr int kStages = Shape::kStages;
  const auto fetch = [&](int tile) {
    if (tile < tiles) {
      auto& stage = shared.stages[tile % kStages];
      fetch_tile<Shape::kRows, Shape::kThreads>(stage.x, arguments.x, block_row, arguments.rows,
                                                tile * kDepth, arguments.depth);
      fetch_tile<Shape::kColumns, Shape::kThreads>(
          stage.weight, weight, block_column, arguments.columns, tile * kDepth, arguments.depth);
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
    multiply_tile<Shape, Weight>(sums, shared.stages[tile % kStages]);
  }
  wait_for_copy_groups<0>();
  put_sums<Shape, Out>(arguments, sums, block_row, block_column);
}

template <class Shape, class Weight, class Out>
void launch_tiles(const MatmulArguments& arguments, Stream& stream) {
  const auto parts = [](int whole, int part) {
    return static_cast<unsigned>((whole + part - 1) / part);
  };
  const LaunchShape shape = {
      .grid = dim3(parts(arguments.rows, Shape::kRows), parts(arguments.columns, Shape::kColumns)),
      .block = Shape::kThreads,
      .shared_bytes = sizeof(MatmulShared<Shape, Weight>)};
  launch(stream, "matmul", shape, multiply<Shape, Weight, Out>, arguments);
}

template <class Weight, class Out>
void launch_for_rows(const MatmulArguments& arguments, Stream& stream) {
  if (arguments.rows <= FewRows::kRows) {
    return launch_tiles<FewRows, Weight, Out>(arguments, stream);
  }
  if (arguments.rows <= MoreRows::kRows) {
    return launch_tiles<MoreRows, Weight, Out>(arguments, stream);
  }
  if (arguments.rows <= SomeRows::kRows) {
    const bool narrow = arguments.columns < kTilesForAll * SomeRows::kColumns;
    return narrow ? launch_tiles<SomeRowsNarrow, Weight, Out>(arguments, stream)
                  : launch_tiles<SomeRows, Weight, Out>(arguments, stream);
  }
  launch_tiles<ManyRows, Weight, Out>(arguments, stream);
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
  const WeightSpans& weight = operands.weight;
  const bool narrow = weight.in_e4m3();
  check(!narrow || (operands.depth % kGroupDepth == 0 && weight.scales.size() == columns));
  const MatmulArguments arguments = {
      .out = out.data(),
      .x = operands.x.data(),
      .weight = narrow ? static_cast<const void*>(weight.narrow.data()) : weight.wide.data(),
      .scales = narrow ? weight.scales.data() : nullptr,
      .bias = operands.bias.empty() ? nullptr : operands.bias.data(),
      .rows = static_cast<int>(rows),
      .columns = static_cast<int>(columns),
      .depth = operands.depth,
  };
  narrow ? launch_for_rows<std::uint8_t, Out>(arguments, stream)
         : launch_for_rows<bf16, Out>(arguments, stream);
}

}  // namespace

void matmul(DeviceSpan<bf16> out, const MatmulOperands& operands, Stream& stream) {
  launch_matmul(out, operands, stream);
}

void matmul(DeviceSpan<float> out, const MatmulOperands& operands, Stream& stream) {
  launch_matmul(out, operands, stream);
}

}  // namespace proctor::engine::cuda
