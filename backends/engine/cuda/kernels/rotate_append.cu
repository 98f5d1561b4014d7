#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/block_sum.h"
#include "backends/engine/cuda/kernels/rotate_append.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kWarps = 8;

struct RotateArguments {
  bf16* qkv;
  std::byte* cache;
  const std::int32_t* positions;
  const std::int32_t* cache_slots;
  int heads;
  KvLayout layout;
  const float* cosines;
  const float* sines;
  const bf16* q_norm;  // null: no norm
  const bf16* k_norm;
  float eps;
  const float* key_scales;  // null: the cache is in bf16
  const float* value_scales;
};

__device__ std::uint32_t pair_at(const bf16* at) {
  return *reinterpret_cast<const std::uint32_t*>(at);
}
__device__ std::uint32_t& pair_at(bf16* at) { return *reinterpret_cast<std::uint32_t*>(at); }

__device__ float squares_of(std::uint32_t pair) {
  return low_half(pair) * low_half(pair) + high_half(pair) * high_half(pair);
}

// Two neighbouring elements of a half of a head, widened and scaled.
__device__ float2 normed_pair(const bf16* head, const bf16* norm, int at, float factor) {
  const std::uint32_t pair = pair_at(head + at);
  float2 x = {low_half(pair), high_half(pair)};
  if (norm != nullptr) {
    const std::uint32_t weight = pair_at(norm + at);
    x.x *= factor * low_half(weight);
    x.y *= factor * high_half(weight);
  }
  return x;
}

// Where a head goes, by pairs of neighbouring elements.
struct ToBf16 {
  bf16* head;
  __device__ void put(int at, float low, float high) const {
    pair_at(head + at) = narrow_pair(low, high);
  }
};
struct ToScaledBf16 {
  bf16* head;
  const float* scales;
  __device__ void put(int at, float low, float high) const {
    pair_at(head + at) = narrow_pair(low * scales[at], high * scales[at + 1]);
  }
};
struct ToE4m3 {
  std::uint8_t* head;
  const float* scales;
  __device__ void put(int at, float low, float high) const {
    const unsigned pair = rounded_to_e4m3(low * (1.0F / scales[at])) |
                          unsigned{rounded_to_e4m3(high * (1.0F / scales[at + 1]))} << 8;
    *reinterpret_cast<std::uint16_t*>(head + at) = static_cast<std::uint16_t>(pair);
  }
};

// The warp. `to` may be where `from` is: each lane writes only what it has read itself.
template <class To>
__device__ void rotate_head(const To& to, const bf16* from, const bf16* norm, float eps,
                            const float* cosines, const float* sines, int head_dim) {
  const int half = head_dim / 2;
  const int first = static_cast<int>(threadIdx.x) * 2;
  float factor = 1;
  if (norm != nullptr) {
    float squares = 0;
    for (int i = first; i < half; i += 2 * kWarp) {
      squares += squares_of(pair_at(from + i)) + squares_of(pair_at(from + half + i));
    }
    factor = 1.0F / sqrtf(warp_sum(squares) / static_cast<float>(head_dim) + eps);
  }
  for (int i = first; i < half; i += 2 * kWarp) {
    const float2 low = normed_pair(from, norm, i, factor);
    const float2 high = normed_pair(from, norm, half + i, factor);
    const float2 cosine = *reinterpret_cast<const float2*>(cosines + i);
    const float2 sine = *reinterpret_cast<const float2*>(sines + i);
    to.put(i, low.x * cosine.x - high.x * sine.x, low.y * cosine.y - high.y * sine.y);
    to.put(half + i, high.x * cosine.x + low.x * sine.x, high.y * cosine.y + low.y * sine.y);
  }
}

// The warp.
template <class To>
__device__ void copy_head(const To& to, const bf16* from, int head_dim) {
  for (int i = static_cast<int>(threadIdx.x) * 2; i < head_dim; i += 2 * kWarp) {
    const std::uint32_t pair = pair_at(from + i);
    to.put(i, low_half(pair), high_half(pair));
  }
}

__global__ void __launch_bounds__(kWarp* kWarps) rotate_append_rows(RotateArguments arguments) {
  const KvLayout& layout = arguments.layout;
  const int head_dim = layout.head_dim;
  const int heads = arguments.heads;
  const int all = heads + 2 * layout.kv_heads;
  const std::size_t row = blockIdx.x;
  const std::size_t table =
      static_cast<std::size_t>(arguments.positions[row]) * static_cast<std::size_t>(head_dim / 2);
  const float* cosines = arguments.cosines + table;
  const float* sines = arguments.sines + table;
  const std::int32_t page = arguments.cache_slots[row] / kPagePositions;
  const int slot = arguments.cache_slots[row] % kPagePositions * head_dim;
  bf16* const from = arguments.qkv + row * static_cast<std::size_t>(all * head_dim);
  const auto turn = [&](const auto& to, const bf16* vector, const bf16* norm) {
    rotate_head(to, vector, norm, arguments.eps, cosines, sines, head_dim);
  };
  const bool wide = arguments.key_scales == nullptr;
  for (int head = static_cast<int>(threadIdx.y); head < all; head += kWarps) {
    bf16* const vector = from + head * head_dim;
    if (head < heads) {
      const int kv_head = head / (heads / layout.kv_heads);
      const float* scales = arguments.key_scales + (wide ? 0 : kv_head * head_dim);
      wide ? turn(ToBf16{vector}, vector, arguments.q_norm)
           : turn(ToScaledBf16{vector, scales}, vector, arguments.q_norm);
      continue;
    }
    const int kv_head = (head - heads) % layout.kv_heads;
    const bool is_key = head < heads + layout.kv_heads;
    const std::size_t at = layout.keys_at(page, kv_head) + static_cast<std::size_t>(slot) +
                           (is_key ? 0 : layout.values_offset());
    if (wide) {
      const ToBf16 to = {reinterpret_cast<bf16*>(arguments.cache) + at};
      is_key ? turn(to, vector, arguments.k_norm) : copy_head(to, vector, head_dim);
    } else {
      const float* scales = is_key ? arguments.key_scales : arguments.value_scales;
      const ToE4m3 to = {reinterpret_cast<std::uint8_t*>(arguments.cache) + at,
                         scales + kv_head * head_dim};
      is_key ? turn(to, vector, arguments.k_norm) : copy_head(to, vector, head_dim);
    }
  }
}

}  // namespace

void rotate_append(DeviceSpan<bf16> qkv, DeviceSpan<std::byte> cache,
                   DeviceSpan<const std::int32_t> positions,
                   DeviceSpan<const std::int32_t> cache_slots, int heads, const KvLayout& layout,
                   const RotaryParts& parts, Stream& stream) {
  const auto width = static_cast<std::size_t>((heads + 2 * layout.kv_heads) * layout.head_dim);
  check(layout.head_dim % 4 == 0 && qkv.size() == positions.size() * width);
  check(cache_slots.size() == positions.size() && cache.size() % layout.page_bytes() == 0);
  const auto head_dim = static_cast<std::size_t>(layout.head_dim);
  check(parts.q_norm.empty() || parts.q_norm.size() == head_dim);
  check(parts.k_norm.empty() || parts.k_norm.size() == head_dim);
  check_scales(parts.scales, layout);
  const RotateArguments arguments = {
      .qkv = qkv.data(),
      .cache = cache.data(),
      .positions = positions.data(),
      .cache_slots = cache_slots.data(),
      .heads = heads,
      .layout = layout,
      .cosines = parts.cosines.data(),
      .sines = parts.sines.data(),
      .q_norm = parts.q_norm.empty() ? nullptr : parts.q_norm.data(),
      .k_norm = parts.k_norm.empty() ? nullptr : parts.k_norm.data(),
      .eps = parts.eps,
      .key_scales = parts.scales.keys.data(),
      .value_scales = parts.scales.values.data(),
  };
  const LaunchShape shape = {.grid = static_cast<unsigned>(positions.size()),
                             .block = dim3(kWarp, kWarps),
                             .shared_bytes = 0};
  launch(stream, "rotate_append", shape, rotate_append_rows, arguments);
}

}  // namespace proctor::engine::cuda
