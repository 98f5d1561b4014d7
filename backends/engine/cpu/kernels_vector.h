// The kernels of kernels.h, written once over a vector of 16 floats. Each instruction set's file
// supplies its vector `V` and instantiates them; the operations on V are exact in IEEE arithmetic
// and so the results are the same bits. V has:
//   load, store, broadcast, widen (16 bf16 or E4M3), lane arithmetic + - * /, fma(a, b, c) = a * b
//   + c, at_least(x, bound, then, otherwise) (a NaN takes `otherwise`), add_to_exponent(x,
//   shifted): x * 2^n for the n in Exponential's `shifted`, tree_sum: lanes i and i + 8 are added,
//   then i and i + 4, then 2, then 1, kTile[rows - 1]: how many vectors wide the register tile of
//   so many rows is.
// Templates of the standard library are not called here: the linker might take an instruction set's
// copy of one for the whole program.
#pragma once

#include <cmath>
#include <limits>

#include "backends/engine/cpu/kernels.h"
#include "backends/engine/exponential.h"

namespace proctor::engine::cpu {

template <class V>
V exponential_of(V x) {
  using E = Exponential;
  const V shifted = fma(x, V::broadcast(E::kLog2e), V::broadcast(E::kRound));
  const V n = shifted - V::broadcast(E::kRound);
  const V r = fma(n, V::broadcast(-E::kLn2Low), fma(n, V::broadcast(-E::kLn2High), x));
  V series = V::broadcast(E::kC[7]);
  for (int i = 6; i >= 0; --i) series = fma(series, r, V::broadcast(E::kC[i]));
  const V value = at_least(V::broadcast(E::kHighest), x, add_to_exponent(series, shifted),
                           V::broadcast(std::numeric_limits<float>::infinity()));
  return at_least(x, V::broadcast(E::kLowest), value, V::broadcast(0.0F));
}

// One tile of `Rows` rows by `Vectors` vectors, its sums in registers over a run of the depth: for
// that the loops over the tile must be unrolled, at any level of optimisation.
template <class V, int Rows, int Vectors, class Element>
void multiply_tile(const Product& p, const Element* panel, std::size_t row, std::size_t column) {
  V sums[Rows][Vectors];
  float* out = p.out + row * p.out_stride + column;
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      sums[r][v] = V::load(out + static_cast<std::size_t>(r) * p.out_stride +
                           static_cast<std::size_t>(v) * kLanes);
    }
  }
  const float* a = p.a + row * p.a_stride;
  const Element* weights = panel + column;
  for (std::size_t d = 0; d < p.depth; ++d, weights += p.panel_stride) {
    V wide[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      wide[v] = V::widen(weights + static_cast<std::size_t>(v) * kLanes);
    }
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      const V factor = V::broadcast(a[static_cast<std::size_t>(r) * p.a_stride + d]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[r][v] = fma(factor, wide[v], sums[r][v]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      sums[r][v].store(out + static_cast<std::size_t>(r) * p.out_stride +
                       static_cast<std::size_t>(v) * kLanes);
    }
  }
}

template <class V, int Rows, class Element>
void multiply_rows(const Product& p, const Element* panel, std::size_t row) {
  constexpr int kWide = V::kTile[Rows - 1];
  std::size_t column = 0;
  for (; column + kWide * kLanes <= p.columns; column += kWide * kLanes) {
    multiply_tile<V, Rows, kWide>(p, panel, row, column);
  }
  if constexpr (kWide > 1) {
    for (; column < p.columns; column += kLanes) {
      multiply_tile<V, Rows, 1>(p, panel, row, column);
    }
  }
}

template <class V, class Element>
void multiply(const Product& p, const Element* panel) {
  std::size_t row = 0;
  for (; row + 6 <= p.rows; row += 6) multiply_rows<V, 6>(p, panel, row);
  switch (p.rows - row) {
    case 5:
      return multiply_rows<V, 5>(p, panel, row);
    case 4:
      return multiply_rows<V, 4>(p, panel, row);
    case 3:
      return multiply_rows<V, 3>(p, panel, row);
    case 2:
      return multiply_rows<V, 2>(p, panel, row);
    case 1:
      return multiply_rows<V, 1>(p, panel, row);
    default:
      return;
  }
}

template <class V>
void rms_norm(const float* x, const float* weight, std::size_t n, float eps, float* out) {
  V squares = V::broadcast(0.0F);
  for (std::size_t i = 0; i < n; i += kLanes) {
    const V value = V::load(x + i);
    squares = fma(value, value, squares);
  }
  const float mean = squares.tree_sum() / static_cast<float>(n);
  const V factor = V::broadcast(1.0F / std::sqrt(mean + eps));
  for (std::size_t i = 0; i < n; i += kLanes) {
    (V::load(x + i) * factor * V::load(weight + i)).store(out + i);
  }
}

template <class V>
void silu_multiply(float* gate, const float* up, std::size_t n) {
  const V zero = V::broadcast(0.0F);
  const V one = V::broadcast(1.0F);
  for (std::size_t i = 0; i < n; i += kLanes) {
    const V x = V::load(gate + i);
    (x / (one + exponential_of(zero - x)) * V::load(up + i)).store(gate + i);
  }
}

template <class V>
float softmax_numerators(float* x, std::size_t valid, std::size_t n) {
  float largest = x[0];
  for (std::size_t i = 1; i < valid; ++i) largest = x[i] > largest ? x[i] : largest;
  for (std::size_t i = valid; i < n; ++i) x[i] = -std::numeric_limits<float>::infinity();
  const V shift = V::broadcast(largest);
  V sums = V::broadcast(0.0F);
  for (std::size_t i = 0; i < n; i += kLanes) {
    const V value = exponential_of(V::load(x + i) - shift);
    value.store(x + i);
    sums = sums + value;
  }
  return sums.tree_sum();
}

template <class V>
void scale(float* x, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; i += kLanes) (V::load(x + i) * V::broadcast(factor)).store(x + i);
}

template <class V>
void weigh_logits(std::span<const float> logits, float largest, float scale,
                  std::uint64_t* weights) {
  constexpr float kUnit = 1099511627776.0F;  // 2^40
  float values[kLanes];
  for (std::size_t at = 0; at < logits.size(); at += kLanes) {
    const std::size_t left = logits.size() - at;
    const std::size_t count = left < kLanes ? left : kLanes;
    if (count < kLanes) {
      for (std::size_t i = 0; i < kLanes; ++i) values[i] = i < count ? logits[at + i] : 0.0F;
    }
    const V x = V::load(count < kLanes ? values : logits.data() + at);
    const V weight = exponential_of((x - V::broadcast(largest)) * V::broadcast(scale));
    (weight * V::broadcast(kUnit)).store(values);
    for (std::size_t i = 0; i < count; ++i) {
      // By way of a signed number, which one instruction converts.
      weights[at + i] = static_cast<std::uint64_t>(static_cast<std::int64_t>(values[i]));
    }
  }
}

template <class V>
Kernels kernels_over(std::string_view name) {
  return {.name = name,
          .multiply_f32 = multiply<V, float>,
          .multiply_bf16 = multiply<V, std::uint16_t>,
          .multiply_e4m3 = multiply<V, std::uint8_t>,
          .rms_norm = rms_norm<V>,
          .silu_multiply = silu_multiply<V>,
          .softmax_numerators = softmax_numerators<V>,
          .scale = scale<V>,
          .weigh_logits = weigh_logits<V>};
}

}  // namespace proctor::engine::cpu
