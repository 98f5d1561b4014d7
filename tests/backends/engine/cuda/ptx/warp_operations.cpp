// Branches, barriers and what the lanes of a warp do together ("PTX ISA 9.0", 9.7.9, 9.7.12,
// 9.7.13 and 9.7.15).
#include <cmath>
#include <cstring>

#include "tests/backends/engine/cuda/ptx/decode.h"
#include "tests/backends/engine/cuda/ptx/numbers.h"
#include "tests/backends/engine/cuda/ptx/warp.h"

namespace proctor::ptx {

namespace {

enum class Shuffle { up, butterfly, index };

// The lane that `lane` reads from, and whether it lies within its segment: c names the segment in
// bits 8 to 12 and its last lane in bits 0 to 4 ("shfl.sync").
template <Shuffle mode>
int source_lane(int lane, std::uint32_t b, std::uint32_t c, bool& inside) {
  const int by = static_cast<int>(b & 31);
  const int clamp = static_cast<int>(c & 31);
  const int segment = static_cast<int>(c >> 8 & 31);
  const int most = (lane & segment) | (clamp & ~segment);
  int from = 0;
  if constexpr (mode == Shuffle::up) {
    from = lane - by;
    inside = from >= most;
  } else if constexpr (mode == Shuffle::butterfly) {
    from = lane ^ by;
    inside = from <= most;
  } else {
    from = (lane & segment) | (by & ~segment);
    inside = from <= most;
  }
  return inside ? from : lane;
}

template <Shuffle mode>
void shuffle(Warp& warp, const Instruction& instruction) {
  const std::uint32_t* const a = warp.values<std::uint32_t>(instruction.in[0]);
  const std::uint32_t* const b = warp.values<std::uint32_t>(instruction.in[1]);
  const std::uint32_t* const c = warp.values<std::uint32_t>(instruction.in[2]);
  std::uint32_t results[kLanes] = {};
  std::uint32_t valid = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (!warp.runs(lane)) continue;
    bool inside = false;
    const int from = source_lane<mode>(lane, b[lane], c[lane], inside);
    if (!warp.runs(from)) return warp.fail("shfl.sync: from a lane that does not take part");
    results[lane] = a[from];
    valid |= (inside ? 1U : 0U) << lane;
  }
  warp.put(instruction.out[0], results);
  std::uint32_t& to = warp.predicate(instruction.out[1]);
  to = (to & ~warp.active) | valid;
}

void vote_any(Warp& warp, const Instruction& instruction) {
  const bool any = (warp.predicate(instruction.in[0]) & warp.active) != 0;
  std::uint32_t& to = warp.predicate(instruction.out[0]);
  to = any ? to | warp.active : to & ~warp.active;
}

void warp_barrier(Warp& warp, const Instruction&) { ++warp.epoch; }

// What the ISA leaves open of an mma, the order of sums and how they are rounded: here all products
// are exact, summed in double and rounded once.
//
// Fragments ("Matrix Fragments for mma.m16n8k16 with floating point type"): with group = lane / 4
// and member = lane % 4, register i of a holds row group + 8 (i odd), columns 2 member + {0, 1} +
// 8 (i >= 2); register i of b holds rows 2 member + {0, 1} + 8 i of column group; sum i is row
// group + 8 (i >= 2), column 2 member + i % 2.
void multiply_matrices(Warp& warp, const Instruction& instruction) {
  constexpr int kRows = 16;
  constexpr int kColumns = 8;
  constexpr int kDepth = 16;
  double a[kRows][kDepth];
  double b[kColumns][kDepth];
  const auto half = [](std::uint32_t pair, int i) {
    return static_cast<double>(bf16_value(static_cast<std::uint16_t>(pair >> (16 * i))));
  };
  for (int lane = 0; lane < kLanes; ++lane) {
    const int group = lane / 4;
    const int first = lane % 4 * 2;
    for (int i = 0; i < 2; ++i) {
      for (int part = 0; part < 4; ++part) {
        const std::uint32_t pair =
            warp.values<std::uint32_t>(instruction.in[static_cast<std::size_t>(part)])[lane];
        a[group + part % 2 * 8][first + i + part / 2 * 8] = half(pair, i);
      }
      for (int part = 0; part < 2; ++part) {
        const std::uint32_t pair =
            warp.values<std::uint32_t>(instruction.in[static_cast<std::size_t>(part) + 4])[lane];
        b[group][first + i + part * 8] = half(pair, i);
      }
    }
  }
  float results[4][kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < 4; ++i) {
      const double* const row = a[lane / 4 + i / 2 * 8];
      const double* const column = b[lane % 4 * 2 + i % 2];
      double sum = static_cast<double>(
          warp.values<float>(instruction.in[static_cast<std::size_t>(i) + 6])[lane]);
      for (int k = 0; k < kDepth; ++k) sum += row[k] * column[k];
      const auto rounded = static_cast<float>(sum);
      results[i][lane] = std::isnan(rounded) ? canonical_nan() : rounded;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) warp.put(instruction.out[i], results[i]);
}

// Lane 8m + i names row i of matrix m; lane l gets of each matrix elements 2 (l % 4) and the next
// of row l / 4, transposed of column l / 4.
template <bool transposed>
void load_matrices(Warp& warp, const Instruction& instruction) {
  std::uint16_t matrices[4][8][8];
  for (int lane = 0; lane < kLanes; ++lane) {
    const std::uint32_t address = warp.values<std::uint32_t>(instruction.in[0])[lane];
    std::string fault;
    const std::byte* const row =
        warp.block->shared.touch(address, 16, Touch::read, warp.toucher(lane), fault);
    if (row == nullptr) return warp.fail(fault);
    std::memcpy(matrices[lane / 8][lane % 8], row, 16);
  }
  for (std::size_t matrix = 0; matrix < 4; ++matrix) {
    std::uint32_t results[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      const auto& from = matrices[matrix];
      const int line = lane / 4;
      const int first = lane % 4 * 2;
      const std::uint32_t low = transposed ? from[first][line] : from[line][first];
      const std::uint32_t high = transposed ? from[first + 1][line] : from[line][first + 1];
      results[lane] = high << 16 | low;
    }
    warp.put(instruction.out[matrix], results);
  }
}

}  // namespace

const std::vector<Form>& warp_forms() {
  static const auto& forms = *new std::vector<Form>{
      {"bra", "=t", nullptr, Flow::branch},
      {"bra.uni", "=t", nullptr, Flow::branch},
      {"ret", "=", nullptr, Flow::exit},
      {"bar.sync", "=n", nullptr, Flow::block_sync},
      // Of a sync, the last operand that is read is its mask; without one all lanes take part.
      {"bar.warp.sync", "=w", warp_barrier, Flow::warp_sync},
      {"vote.sync.any.pred", "p=pw", vote_any, Flow::warp_sync},
      {"shfl.sync.up.b32", "wp=wwww", shuffle<Shuffle::up>, Flow::warp_sync},
      {"shfl.sync.bfly.b32", "wp=wwww", shuffle<Shuffle::butterfly>, Flow::warp_sync},
      {"shfl.sync.idx.b32", "wp=wwww", shuffle<Shuffle::index>, Flow::warp_sync},
      {"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", "wwww=wwwwwwwwww", multiply_matrices,
       Flow::warp_sync_aligned},
      {"ldmatrix.sync.aligned.m8n8.x4.shared.b16", "wwww=a", load_matrices<false>,
       Flow::warp_sync_aligned},
      {"ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", "wwww=a", load_matrices<true>,
       Flow::warp_sync_aligned},
  };
  return forms;
}

}  // namespace proctor::ptx
