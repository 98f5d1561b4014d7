// Instructions that compute in each lane by itself ("PTX ISA 9.0", 9.7.1 to 9.7.5 and 9.7.8).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tests/backends/engine/cuda/ptx/decode.h"
#include "tests/backends/engine/cuda/ptx/numbers.h"
#include "tests/backends/engine/cuda/ptx/warp.h"

namespace proctor::ptx {

namespace {

using i32 = std::int32_t;
using u32 = std::uint32_t;
using i64 = std::int64_t;
using u64 = std::uint64_t;

// Of the results of floating-point instructions, NaNs are all one.
template <class T>
T settled(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return std::isnan(value) ? canonical_nan() : value;
  } else {
    return value;
  }
}

template <class To, class From, auto operation>
void unary(Warp& warp, const Instruction& instruction) {
  const From* const a = warp.values<From>(instruction.in[0]);
  To results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) results[lane] = settled<To>(operation(a[lane]));
  warp.put(instruction.out[0], results);
}

template <class To, class From, auto operation, class Second = From>
void binary(Warp& warp, const Instruction& instruction) {
  const From* const a = warp.values<From>(instruction.in[0]);
  const Second* const b = warp.values<Second>(instruction.in[1]);
  To results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    results[lane] = settled<To>(static_cast<To>(operation(a[lane], b[lane])));
  }
  warp.put(instruction.out[0], results);
}

template <class T, auto operation>
void ternary(Warp& warp, const Instruction& instruction) {
  const T* const a = warp.values<T>(instruction.in[0]);
  const T* const b = warp.values<T>(instruction.in[1]);
  const T* const c = warp.values<T>(instruction.in[2]);
  T results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    results[lane] = settled<T>(operation(a[lane], b[lane], c[lane]));
  }
  warp.put(instruction.out[0], results);
}

template <class T, auto operation>
void compare(Warp& warp, const Instruction& instruction) {
  const T* const a = warp.values<T>(instruction.in[0]);
  const T* const b = warp.values<T>(instruction.in[1]);
  u32 bits = 0;
  for (int lane = 0; lane < kLanes; ++lane) bits |= (operation(a[lane], b[lane]) ? 1U : 0U) << lane;
  u32& to = warp.predicate(instruction.out[0]);
  to = (to & ~warp.active) | (bits & warp.active);
}

template <class T>
void select(Warp& warp, const Instruction& instruction) {
  const T* const a = warp.values<T>(instruction.in[0]);
  const T* const b = warp.values<T>(instruction.in[1]);
  const u32 choice = warp.predicate(instruction.in[2]);
  T results[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    results[lane] = (choice >> lane & 1) != 0 ? a[lane] : b[lane];
  warp.put(instruction.out[0], results);
}

template <auto operation>
void predicates(Warp& warp, const Instruction& instruction) {
  const u32 bits = operation(warp.predicate(instruction.in[0]),
                             instruction.ins > 1 ? warp.predicate(instruction.in[1]) : 0U);
  u32& to = warp.predicate(instruction.out[0]);
  to = (to & ~warp.active) | (bits & warp.active);
}

constexpr auto add = [](auto a, auto b) { return a + b; };
constexpr auto subtract = [](auto a, auto b) { return a - b; };
constexpr auto multiply = [](auto a, auto b) { return a * b; };
constexpr auto divide_floats = [](auto a, auto b) { return a / b; };
constexpr auto both = [](auto a, auto b) { return a & b; };
constexpr auto either = [](auto a, auto b) { return a | b; };
constexpr auto differing = [](auto a, auto b) { return a ^ b; };
constexpr auto inverse = [](auto a) { return ~a; };
constexpr auto same = [](auto a) { return a; };
constexpr auto negative = [](auto a) { return -a; };
constexpr auto absolute = [](auto a) { return std::fabs(a); };
constexpr auto reciprocal = [](auto a) { return 1 / a; };
constexpr auto square_root = [](auto a) { return std::sqrt(a); };
constexpr auto fused = [](auto a, auto b, auto c) { return std::fma(a, b, c); };
constexpr auto multiply_add = [](auto a, auto b, auto c) { return a * b + c; };
constexpr auto smaller = [](auto a, auto b) { return std::min(a, b); };
constexpr auto larger = [](auto a, auto b) { return std::max(a, b); };

// Of a number and a NaN the number; -0 is below +0.
constexpr auto larger_float = [](float a, float b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
};
constexpr auto smaller_float = [](float a, float b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
};

// What division by zero gives is not defined; these are bits that look wrong.
constexpr auto divide = []<class T>(T a, T b) {
  if (b == 0) return static_cast<T>(0x7FF3FFF3);
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  }
  return static_cast<T>(a / b);
};
constexpr auto remainder = []<class T>(T a, T b) {
  if (b == 0) return static_cast<T>(0x7FF3FFF3);
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return T{0};
  }
  return static_cast<T>(a % b);
};

__extension__ using Wide = unsigned __int128;
constexpr auto high_of_u64 = [](u64 a, u64 b) { return static_cast<u64>(Wide{a} * b >> 64); };
constexpr auto high_of_i32 = [](i32 a, i32 b) { return static_cast<i32>(i64{a} * b >> 32); };
constexpr auto wide_i32 = [](i32 a, i32 b) { return i64{a} * b; };
constexpr auto wide_u32 = [](u32 a, u32 b) { return u64{a} * b; };

// Shifts by more than all bits shift all bits out.
constexpr auto shift_left = []<class T>(T a, u32 by) {
  return by >= sizeof(T) * 8 ? T{0} : static_cast<T>(a << by);
};
constexpr auto shift_right = []<class T>(T a, u32 by) {
  constexpr u32 kBits = sizeof(T) * 8;
  if (by < kBits) return static_cast<T>(a >> by);
  return a < T{0} ? static_cast<T>(-1) : T{0};
};

// Each selector's low three bits choose a byte of {b, a}, its fourth asks for that byte's sign.
constexpr auto permute = [](u32 a, u32 b, u32 selectors) {
  const u64 bytes = u64{b} << 32 | a;
  u32 result = 0;
  for (int i = 0; i < 4; ++i) {
    const u32 selector = selectors >> (4 * i) & 0xF;
    u32 byte = static_cast<u32>(bytes >> (8 * (selector & 7)) & 0xFF);
    if ((selector & 8) != 0) byte = (byte & 0x80) != 0 ? 0xFF : 0;
    result |= byte << (8 * i);
  }
  return result;
};

constexpr auto fused_pair = [](u32 a, u32 b, u32 c) {
  const u32 low = fused_bf16(static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b),
                             static_cast<std::uint16_t>(c));
  const u32 high =
      fused_bf16(static_cast<std::uint16_t>(a >> 16), static_cast<std::uint16_t>(b >> 16),
                 static_cast<std::uint16_t>(c >> 16));
  return high << 16 | low;
};

// The ISA bounds the error; here the true value is rounded. Subnormal operands and results are
// zeros.
constexpr auto power_of_two = [](float x) {
  return flushed(static_cast<float>(std::exp2(static_cast<double>(flushed(x)))));
};

// The upper word of the reciprocal; the lower is zero ("rcp.approx.ftz.f64").
constexpr auto rough_reciprocal = [](double x) {
  const auto upper = std::bit_cast<u64>(x) & 0xFFFFFFFF00000000U;
  const double coarse = 1 / std::bit_cast<double>(upper);
  return std::bit_cast<double>(std::bit_cast<u64>(coarse) & 0xFFFFFFFF00000000U);
};

constexpr auto eq = [](auto a, auto b) { return a == b; };
constexpr auto ne = [](auto a, auto b) { return a < b || a > b; };  // false for NaNs
constexpr auto lt = [](auto a, auto b) { return a < b; };
constexpr auto le = [](auto a, auto b) { return a <= b; };
constexpr auto gt = [](auto a, auto b) { return a > b; };
constexpr auto ge = [](auto a, auto b) { return a >= b; };
constexpr auto neu = [](auto a, auto b) { return !(a == b); };  // those with u: true for NaNs
constexpr auto ltu = [](auto a, auto b) { return !(a >= b); };
constexpr auto leu = [](auto a, auto b) { return !(a > b); };
constexpr auto gtu = [](auto a, auto b) { return !(a <= b); };
constexpr auto geu = [](auto a, auto b) { return !(a < b); };

// mov between one register and the two halves of it.
template <class Whole, class Half>
void take_apart(Warp& warp, const Instruction& instruction) {
  const Whole* const from = warp.values<Whole>(instruction.in[0]);
  Half low[kLanes];
  Half high[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    low[lane] = static_cast<Half>(from[lane]);
    high[lane] = static_cast<Half>(from[lane] >> (sizeof(Half) * 8));
  }
  warp.put(instruction.out[0], low);
  warp.put(instruction.out[1], high);
}

constexpr auto put_together = [](u32 low, u32 high) { return u64{high} << 32 | low; };

void move_predicate(Warp& warp, const Instruction& instruction) {
  u32& to = warp.predicate(instruction.out[0]);
  to = (to & ~warp.active) | (warp.predicate(instruction.in[0]) & warp.active);
}

}  // namespace

const std::vector<Form>& arithmetic_forms() {
  static const auto& forms = *new std::vector<Form>{
      {"add.s32", "w=ww", binary<u32, u32, add>},
      {"add.s64", "l=ll", binary<u64, u64, add>},
      {"add.u64", "l=ll", binary<u64, u64, add>},
      {"add.f32", "w=ww", binary<float, float, add>},
      {"add.rn.f32", "w=ww", binary<float, float, add>},
      {"add.f64", "l=ll", binary<double, double, add>},
      {"add.rn.f64", "l=ll", binary<double, double, add>},
      {"sub.s32", "w=ww", binary<u32, u32, subtract>},
      {"sub.s64", "l=ll", binary<u64, u64, subtract>},
      {"sub.f32", "w=ww", binary<float, float, subtract>},
      {"sub.rn.f32", "w=ww", binary<float, float, subtract>},
      {"sub.f64", "l=ll", binary<double, double, subtract>},
      {"sub.rn.f64", "l=ll", binary<double, double, subtract>},
      {"mul.lo.s32", "w=ww", binary<u32, u32, multiply>},
      {"mul.lo.s64", "l=ll", binary<u64, u64, multiply>},
      {"mul.hi.s32", "w=ww", binary<i32, i32, high_of_i32>},
      {"mul.hi.u64", "l=ll", binary<u64, u64, high_of_u64>},
      {"mul.wide.s32", "l=ww", binary<i64, i32, wide_i32>},
      {"mul.wide.u32", "l=ww", binary<u64, u32, wide_u32>},
      {"mul.f32", "w=ww", binary<float, float, multiply>},
      {"mul.rn.f32", "w=ww", binary<float, float, multiply>},
      {"mul.f64", "l=ll", binary<double, double, multiply>},
      {"mul.rn.f64", "l=ll", binary<double, double, multiply>},
      {"mad.lo.s32", "w=www", ternary<u32, multiply_add>},
      {"fma.rn.f32", "w=www", ternary<float, fused>},
      {"fma.rn.f64", "l=lll", ternary<double, fused>},
      {"fma.rn.bf16x2", "w=www", ternary<u32, fused_pair>},
      {"div.s32", "w=ww", binary<i32, i32, divide>},
      {"div.u32", "w=ww", binary<u32, u32, divide>},
      {"div.u64", "l=ll", binary<u64, u64, divide>},
      {"div.rn.f32", "w=ww", binary<float, float, divide_floats>},
      {"rem.s32", "w=ww", binary<i32, i32, remainder>},
      {"rem.u32", "w=ww", binary<u32, u32, remainder>},
      {"rem.u64", "l=ll", binary<u64, u64, remainder>},
      {"rcp.rn.f32", "w=w", unary<float, float, reciprocal>},
      {"rcp.approx.ftz.f64", "l=l", unary<double, double, rough_reciprocal>},
      {"sqrt.rn.f32", "w=w", unary<float, float, square_root>},
      {"ex2.approx.ftz.f32", "w=w", unary<float, float, power_of_two>},
      {"neg.s64", "l=l", unary<u64, u64, negative>},
      {"neg.f64", "l=l", unary<double, double, negative>},
      {"abs.f32", "w=w", unary<float, float, absolute>},
      {"min.s32", "w=ww", binary<i32, i32, smaller>},
      {"max.s32", "w=ww", binary<i32, i32, larger>},
      {"max.u32", "w=ww", binary<u32, u32, larger>},
      {"max.u64", "l=ll", binary<u64, u64, larger>},
      {"min.f32", "w=ww", binary<float, float, smaller_float>},
      {"max.f32", "w=ww", binary<float, float, larger_float>},
      {"and.b32", "w=ww", binary<u32, u32, both>},
      {"and.b64", "l=ll", binary<u64, u64, both>},
      {"and.pred", "p=pp", predicates<both>},
      {"or.b32", "w=ww", binary<u32, u32, either>},
      {"or.b64", "l=ll", binary<u64, u64, either>},
      {"or.pred", "p=pp", predicates<either>},
      {"xor.b32", "w=ww", binary<u32, u32, differing>},
      {"xor.b64", "l=ll", binary<u64, u64, differing>},
      {"not.b32", "w=w", unary<u32, u32, inverse>},
      {"not.b64", "l=l", unary<u64, u64, inverse>},
      {"not.pred", "p=p", predicates<[](u32 a, u32) { return ~a; }>},
      {"shl.b32", "w=ww", binary<u32, u32, shift_left>},
      {"shl.b64", "l=lw", binary<u64, u64, shift_left, u32>},
      {"shr.u32", "w=ww", binary<u32, u32, shift_right>},
      {"shr.u64", "l=lw", binary<u64, u64, shift_right, u32>},
      {"shr.s32", "w=ww", binary<i32, i32, shift_right, u32>},
      {"prmt.b32", "w=www", ternary<u32, permute>},
      {"selp.b32", "w=wwp", select<u32>},
      {"selp.f32", "w=wwp", select<u32>},
      {"selp.b64", "l=llp", select<u64>},
      {"selp.u64", "l=llp", select<u64>},
      {"selp.f64", "l=llp", select<u64>},
      {"mov.u16", "h=h", unary<std::uint16_t, std::uint16_t, same>},
      {"mov.b32", "w=w", unary<u32, u32, same>},
      {"mov.u32", "w=w", unary<u32, u32, same>},
      {"mov.f32", "w=w", unary<u32, u32, same>},
      {"mov.b64", "l=l", unary<u64, u64, same>},
      {"mov.u64", "l=l", unary<u64, u64, same>},
      {"mov.f64", "l=l", unary<u64, u64, same>},
      {"mov.b64", "ww=l", take_apart<u64, u32>},
      {"mov.b64", "l=ww", binary<u64, u32, put_together>},
      {"mov.pred", "p=p", move_predicate},
      {"setp.eq.s32", "p=ww", compare<i32, eq>},
      {"setp.ne.s32", "p=ww", compare<i32, ne>},
      {"setp.lt.s32", "p=ww", compare<i32, lt>},
      {"setp.le.s32", "p=ww", compare<i32, le>},
      {"setp.gt.s32", "p=ww", compare<i32, gt>},
      {"setp.ge.s32", "p=ww", compare<i32, ge>},
      {"setp.lt.u32", "p=ww", compare<u32, lt>},
      {"setp.le.u32", "p=ww", compare<u32, le>},
      {"setp.gt.u32", "p=ww", compare<u32, gt>},
      {"setp.ge.u32", "p=ww", compare<u32, ge>},
      {"setp.eq.s64", "p=ll", compare<i64, eq>},
      {"setp.ne.s64", "p=ll", compare<i64, ne>},
      {"setp.lt.s64", "p=ll", compare<i64, lt>},
      {"setp.lt.u64", "p=ll", compare<u64, lt>},
      {"setp.le.u64", "p=ll", compare<u64, le>},
      {"setp.gt.u64", "p=ll", compare<u64, gt>},
      {"setp.ge.u64", "p=ll", compare<u64, ge>},
      {"setp.eq.f32", "p=ww", compare<float, eq>},
      {"setp.lt.f32", "p=ww", compare<float, lt>},
      {"setp.gt.f32", "p=ww", compare<float, gt>},
      {"setp.neu.f32", "p=ww", compare<float, neu>},
      {"setp.ltu.f32", "p=ww", compare<float, ltu>},
      {"setp.leu.f32", "p=ww", compare<float, leu>},
      {"setp.gtu.f32", "p=ww", compare<float, gtu>},
      {"setp.geu.f32", "p=ww", compare<float, geu>},
      {"setp.lt.f64", "p=ll", compare<double, lt>},
  };
  return forms;
}

}  // namespace proctor::ptx
