#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/block_sum.h"
#include "backends/engine/cuda/kernels/rms_norm.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kOctet = 8;  // elements of one 16-byte access

__device__ const uint4& octet(const bf16* at) { return *reinterpret_cast<const uint4*>(at); }
__device__ uint4& octet(bf16* at) { return *reinterpret_cast<uint4*>(at); }

__device__ std::uint32_t add_pair(std::uint32_t a, std::uint32_t b) {
  return narrow_pair(low_half(a) + low_half(b), high_half(a) + high_half(b));
}

__device__ uint4 add_octet(const uint4& a, const uint4& b) {
  return {add_pair(a.x, b.x), add_pair(a.y, b.y), add_pair(a.z, b.z), add_pair(a.w, b.w)};
}

__device__ float squares_of(std::uint32_t pair, float sum) {
  return __fmaf_rn(high_half(pair), high_half(pair),
                   __fmaf_rn(low_half(pair), low_half(pair), sum));
}

__device__ std::uint32_t scale_pair(std::uint32_t x, std::uint32_t weight, float factor) {
  return narrow_pair(low_half(x) * factor * low_half(weight),
                     high_half(x) * factor * high_half(weight));
}

// Where the rows that are normed come from: each gives 8 elements of a row of the output, and
// stores what else is to be kept of them.
struct Embedding {
  const std::int32_t* tokens;
  const bf16* table;
  bf16* residual;

  __device__ uint4 take(std::size_t row, std::size_t column, std::size_t hidden) const {
    const uint4 x = octet(table + static_cast<std::size_t>(tokens[row]) * hidden + column);
    octet(residual + row * hidden + column) = x;
    return x;
  }
};

struct Sum {
  bf16* residual;
  const bf16* delta;

  __device__ uint4 take(std::size_t row, std::size_t column, std::size_t hidden) const {
    const std::size_t at = row * hidden + column;
    const uint4 x = add_octet(octet(residual + at), octet(delta + at));
    octet(residual + at) = x;
    return x;
  }
};

struct GatheredSum {
  const bf16* residual;
  const bf16* delta;
  const std::int32_t* rows;

  __device__ uint4 take(std::size_t row, std::size_t column, std::size_t hidden) const {
    const std::size_t at = static_cast<std::size_t>(rows[row]) * hidden + column;
    return add_octet(octet(residual + at), octet(delta + at));
  }
};

// A block's shared memory: the warps' sums, and behind them the row.
struct NormShared {
  float parts[kThreads / kWarp];
};

template <class Source>
__global__ void __launch_bounds__(kThreads)
    norm_rows(bf16* out, Source source, const bf16* weight, int hidden, float eps) {
  NormShared& shared = shared_memory<NormShared>();
  auto* kept = reinterpret_cast<uint4*>(&shared + 1);
  const std::size_t width = static_cast<std::size_t>(hidden);
  const std::size_t row = blockIdx.x;
  // Each thread reads again only what it has written itself.
  float squares = 0;
  for (std::size_t i = threadIdx.x; i < width / kOctet; i += kThreads) {
    const uint4 x = source.take(row, i * kOctet, width);
    squares = squares_of(x.w, squares_of(x.z, squares_of(x.y, squares_of(x.x, squares))));
    kept[i] = x;
  }
  const float mean = block_sum(squares, shared.parts) / static_cast<float>(hidden);
  const float factor = 1.0F / sqrtf(mean + eps);
  for (std::size_t i = threadIdx.x; i < width / kOctet; i += kThreads) {
    const uint4 x = kept[i];
    const uint4 w = octet(weight + i * kOctet);
    octet(out + row * width + i * kOctet) = {
        scale_pair(x.x, w.x, factor), scale_pair(x.y, w.y, factor), scale_pair(x.z, w.z, factor),
        scale_pair(x.w, w.w, factor)};
  }
}

template <class Source>
void launch_norm(std::string_view name, DeviceSpan<bf16> out, const Source& source,
                 DeviceSpan<const bf16> weight, float eps, Stream& stream) {
  const std::size_t hidden = weight.size();
  check(hidden > 0 && hidden % kOctet == 0 && out.size() % hidden == 0);
  const LaunchShape shape = {.grid = static_cast<unsigned>(out.size() / hidden),
                             .block = kThreads,
                             .shared_bytes = sizeof(NormShared) + hidden * sizeof(bf16)};
  launch(stream, name, shape, norm_rows<Source>, out.data(), source, weight.data(),
         static_cast<int>(hidden), eps);
}

}  // namespace

void embed_rms_norm(DeviceSpan<bf16> out, DeviceSpan<bf16> residual,
                    DeviceSpan<const std::int32_t> tokens, DeviceSpan<const bf16> table,
                    DeviceSpan<const bf16> weight, float eps, Stream& stream) {
  check(out.size() == tokens.size() * weight.size() && residual.size() == out.size());
  launch_norm("embed_rms_norm", out, Embedding{tokens.data(), table.data(), residual.data()},
              weight, eps, stream);
}

void add_rms_norm(DeviceSpan<bf16> out, DeviceSpan<bf16> residual, DeviceSpan<const bf16> delta,
                  DeviceSpan<const bf16> weight, float eps, Stream& stream) {
  check(out.size() == residual.size() && delta.size() == residual.size());
  launch_norm("add_rms_norm", out, Sum{residual.data(), delta.data()}, weight, eps, stream);
}

void gather_add_rms_norm(DeviceSpan<bf16> out, DeviceSpan<const bf16> residual,
                         DeviceSpan<const bf16> delta, DeviceSpan<const std::int32_t> rows,
                         DeviceSpan<const bf16> weight, float eps, Stream& stream) {
  check(out.size() == rows.size() * weight.size() && delta.size() == residual.size());
  launch_norm("gather_add_rms_norm", out, GatheredSum{residual.data(), delta.data(), rows.data()},
              weight, eps, stream);
}

}  // namespace proctor::engine::cuda
