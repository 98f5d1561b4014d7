// cvt and cvta ("PTX ISA 9.0", 9.7.9).
#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/backends/engine/cuda/ptx/decode.h"
#include "tests/backends/engine/cuda/ptx/numbers.h"
#include "tests/backends/engine/cuda/ptx/warp.h"

namespace proctor::ptx {

namespace {

template <class To, class From, auto convert>
void conversion(Warp& warp, const Instruction& instruction) {
  const From* const a = warp.values<From>(instruction.in[0]);
  To results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) results[lane] = convert(a[lane]);
  warp.put(instruction.out[0], results);
}

template <class To>
constexpr auto plainly = [](auto value) { return static_cast<To>(value); };

// Towards zero, and to the nearest number there is; NaN to the upper half's first.
constexpr auto truncated = [](float value) -> std::uint64_t {
  if (std::isnan(value)) return std::uint64_t{1} << 63;
  if (value <= 0) return 0;
  if (value >= 0x1p64F) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(value);
};

constexpr auto to_float = [](double value) {
  return std::isnan(value) ? canonical_nan() : static_cast<float>(value);
};

// The first operand is the upper half.
void narrow_pair(Warp& warp, const Instruction& instruction) {
  const float* const high = warp.values<float>(instruction.in[0]);
  const float* const low = warp.values<float>(instruction.in[1]);
  std::uint32_t results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    results[lane] = static_cast<std::uint32_t>(to_bf16(high[lane])) << 16 | to_bf16(low[lane]);
  }
  warp.put(instruction.out[0], results);
}

template <std::uint64_t window>
constexpr auto into_window = [](std::uint64_t address) { return address + window; };

}  // namespace

const std::vector<Form>& conversion_forms() {
  using i32 = std::int32_t;
  using u32 = std::uint32_t;
  using i64 = std::int64_t;
  using u64 = std::uint64_t;
  static const auto& forms = *new std::vector<Form>{
      {"cvt.s64.s32", "l=w", conversion<i64, i32, plainly<i64>>},
      {"cvt.u64.u32", "l=w", conversion<u64, u32, plainly<u64>>},
      {"cvt.u32.u64", "w=l", conversion<u32, u64, plainly<u32>>},
      {"cvt.u32.u16", "w=h", conversion<u32, std::uint16_t, plainly<u32>>},
      {"cvt.rn.bf16.f32", "h=w", conversion<std::uint16_t, float, to_bf16>},
      {"cvt.rn.bf16x2.f32", "w=ww", narrow_pair},
      {"cvt.rzi.u64.f32", "l=w", conversion<u64, float, truncated>},
      {"cvt.f64.f32", "l=w", conversion<double, float, plainly<double>>},
      {"cvt.rn.f32.f64", "w=l", conversion<float, double, to_float>},
      {"cvt.rn.f32.s32", "w=w", conversion<float, i32, plainly<float>>},
      {"cvt.rn.f32.u64", "w=l", conversion<float, u64, plainly<float>>},
      {"cvt.rn.f64.u64", "l=l", conversion<double, u64, plainly<double>>},
      {"cvta.to.global.u64", "l=l", conversion<u64, u64, into_window<0>>},
      {"cvta.shared.u64", "l=l", conversion<u64, u64, into_window<kSharedWindow>>},
      {"cvta.local.u64", "l=l", conversion<u64, u64, into_window<kLocalWindow>>},
  };
  return forms;
}

}  // namespace proctor::ptx
