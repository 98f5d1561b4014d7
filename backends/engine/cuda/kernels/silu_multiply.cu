#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/silu_multiply.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kOctet = 8;  // elements of one 16-byte access

__device__ float silu(float x) {
  constexpr float kLog2e = 1.44269504F;
  return x / (1.0F + exp2_approximate(-kLog2e * x));
}

__device__ std::uint32_t silu_multiply_pair(std::uint32_t gate, std::uint32_t up) {
  return narrow_pair(silu(low_half(gate)) * low_half(up), silu(high_half(gate)) * high_half(up));
}

__global__ void __launch_bounds__(kThreads)
    silu_multiply_rows(uint4* out, const uint4* gate_up, std::size_t octets, std::size_t count) {
  const std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count) return;
  const std::size_t row = i / octets;
  const uint4 gate = gate_up[i + row * octets];
  const uint4 up = gate_up[i + row * octets + octets];
  out[i] = {silu_multiply_pair(gate.x, up.x), silu_multiply_pair(gate.y, up.y),
            silu_multiply_pair(gate.z, up.z), silu_multiply_pair(gate.w, up.w)};
}

}  // namespace

void silu_multiply(DeviceSpan<bf16> out, DeviceSpan<const bf16> gate_up, int width,
                   Stream& stream) {
  check(width > 0 && width % kOctet == 0 && gate_up.size() == 2 * out.size());
  check(out.size() % static_cast<std::size_t>(width) == 0);
  const std::size_t count = out.size() / kOctet;
  const LaunchShape shape = {.grid = static_cast<unsigned>((count + kThreads - 1) / kThreads),
                             .block = kThreads,
                             .shared_bytes = 0};
  launch(stream, "silu_multiply", shape, silu_multiply_rows, reinterpret_cast<uint4*>(out.data()),
         reinterpret_cast<const uint4*>(gate_up.data()), static_cast<std::size_t>(width) / kOctet,
         count);
}

}  // namespace proctor::engine::cuda
