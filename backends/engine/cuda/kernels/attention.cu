#include <algorithm>
#include <cmath>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/attention_block.h"
#include "backends/engine/cuda/kernels/attention_pack.h"
#include "backends/engine/cuda/kernels/kv_tile_e4m3.h"
#include "backends/engine/cuda/kernels/softmax_state.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

template <class Tile>
__device__ void run_work(AttentionShared<Tile>& shared, const AttentionArguments& arguments,
                         unsigned work) {
  const auto kv_heads = static_cast<unsigned>(arguments.layout.kv_heads);
  const AttentionItem item = arguments.items[work / kv_heads];
  if (item.chunks == 0) return;
  Pack pack;
  pack.slice = arguments.slices[item.slice];
  pack.group = arguments.heads / arguments.layout.kv_heads;
  pack.head = static_cast<int>(work % kv_heads);
  pack.first = item.first_vector;
  pack.vectors = min(kPackVectors, pack.slice.tokens * pack.group - item.first_vector);

  QueryFragments<Tile::kHeadDim> queries;
  load_queries<Tile>(queries, arguments, pack);
  Share<Tile::kHeadDim> whole;
  whole.clear();
  for (int i = 0; i < item.chunks; ++i) {
    Stream16<Tile> stream;
    run_stream(stream, shared.warps[threadIdx.x / kWarp], arguments, pack, queries,
               item.first_chunk + i);
    put_stream(shared, stream);
    __syncthreads();
    merge_chunk(whole, shared);
    __syncthreads();  // before the warps' memory takes tiles again
  }
  put_result(arguments, pack, item.partial, whole);
}

// Takes work until there is none. The last block to find none makes the tickets ready for the next
// launch: all others have drawn theirs.
template <class Tile>
__global__ void __launch_bounds__(kAttentionThreads, kBlocksPerProcessor)
    attend(AttentionArguments arguments) {
  AttentionShared<Tile>& shared = shared_memory<AttentionShared<Tile>>();
  for (;;) {
    if (threadIdx.x == 0) shared.work = atomicAdd(arguments.tickets, 1U);
    __syncthreads();
    const unsigned work = shared.work;
    __syncthreads();  // before the next ticket
    if (work >= arguments.works) break;
    run_work(shared, arguments, work);
  }
  if (threadIdx.x == 0 && atomicAdd(arguments.tickets + 1, 1U) == gridDim.x - 1) {
    arguments.tickets[0] = 0;
    arguments.tickets[1] = 0;
  }
}

struct MergeArguments {
  bf16* out;
  int heads;
  KvLayout layout;
  const AttentionSlice* slices;
  const AttentionMerge* merges;
  const float* partial_sums;
  const float* partial_softmax;
  const float* value_scales;  // null: 1
};

// One warp a vector and key-value head: its chunks in order, as merge_chunk() does it.
__global__ void __launch_bounds__(kPackVectors* kWarp) merge_partials(MergeArguments arguments) {
  const AttentionMerge entry = arguments.merges[blockIdx.x];
  const int vector = static_cast<int>(threadIdx.x) / kWarp;
  if (vector >= entry.vectors) return;
  const int head_dim = arguments.layout.head_dim;
  const auto kv_heads = static_cast<std::size_t>(arguments.layout.kv_heads);
  Pack pack;
  pack.slice = arguments.slices[entry.slice];
  pack.group = arguments.heads / arguments.layout.kv_heads;
  pack.head = static_cast<int>(blockIdx.y);
  pack.first = entry.first_vector;
  pack.vectors = entry.vectors;
  bf16* to = arguments.out + pack.at(vector, arguments.heads * head_dim, head_dim);
  for (int column = static_cast<int>(threadIdx.x) % kWarp; column < head_dim; column += kWarp) {
    float sum = 0;
    float largest = -INFINITY;
    float weights = 0;
#pragma unroll 4
    for (int chunk = 0; chunk < entry.chunks; ++chunk) {
      const std::size_t slot =
          static_cast<std::size_t>(entry.partial + chunk * entry.vectors + vector) * kv_heads +
          static_cast<std::size_t>(pack.head);
      const float new_sum = arguments.partial_sums[slot * static_cast<std::size_t>(head_dim) +
                                                   static_cast<std::size_t>(column)];
      const MergeFactors factors = merge(largest, weights, arguments.partial_softmax[slot * 2],
                                         arguments.partial_softmax[slot * 2 + 1]);
      sum = merged(factors, sum, new_sum);
    }
    to[column] =
        narrow(sum / weights * value_scale(arguments.value_scales, pack.head, head_dim, column));
  }
}

// The kernel for a layout, and what it needs; null if there is none.
struct AttentionKernel {
  void (*kernel)(AttentionArguments) = nullptr;
  std::size_t shared_bytes = 0;
};

template <class Tile>
AttentionKernel kernel_over() {
  return {attend<Tile>, sizeof(AttentionShared<Tile>)};
}

template <int kDim>
AttentionKernel kernel_of(Precision precision) {
  return precision == Precision::full ? kernel_over<Bf16Tile<kDim>>()
                                      : kernel_over<E4m3Tile<kDim>>();
}

AttentionKernel kernel_for(const KvLayout& layout) {
  switch (layout.head_dim) {
    case 32:
      return kernel_of<32>(layout.precision);
    case 64:
      return kernel_of<64>(layout.precision);
    case 96:
      return kernel_of<96>(layout.precision);
    case 128:
      return kernel_of<128>(layout.precision);
    default:
      return {};
  }
}

}  // namespace

bool attention_takes(int heads, const KvLayout& layout) {
  return kernel_for(layout).kernel != nullptr && layout.kv_heads > 0 && heads > 0 &&
         heads % layout.kv_heads == 0 && heads / layout.kv_heads <= kPackVectors;
}

void attention(DeviceSpan<bf16> out, DeviceSpan<const bf16> qkv, int qkv_stride,
               DeviceSpan<const std::byte> cache, const KvScaleSpans& scales, int heads,
               const KvLayout& layout, const AttentionWork& work, const AttentionScratch& scratch,
               int blocks, Stream& stream) {
  check(attention_takes(heads, layout) && qkv_stride % 8 == 0 && blocks > 0);
  check(scratch.tickets.size() == 2 && cache.size() % layout.page_bytes() == 0);
  check_scales(scales, layout);
  const AttentionKernel kernel = kernel_for(layout);
  const std::size_t works = work.items.size() * static_cast<std::size_t>(layout.kv_heads);
  constexpr float kLog2e = 1.44269504F;
  const AttentionArguments arguments = {
      .out = out.data(),
      .qkv = qkv.data(),
      .qkv_stride = qkv_stride,
      .cache = cache.data(),
      .heads = heads,
      .layout = layout,
      .slices = work.slices.data(),
      .pages = work.pages.data(),
      .items = work.items.data(),
      .works = static_cast<unsigned>(works),
      .partial_sums = scratch.sums.data(),
      .partial_softmax = scratch.softmax.data(),
      .tickets = scratch.tickets.data(),
      .scale = kLog2e / std::sqrt(static_cast<float>(layout.head_dim)),
      .value_scales = scales.values.data(),
  };
  const std::size_t grid = std::min(works, static_cast<std::size_t>(blocks));
  launch(stream, "attention",
         {.grid = static_cast<unsigned>(grid),
          .block = kAttentionThreads,
          .shared_bytes = kernel.shared_bytes},
         kernel.kernel, arguments);
  const MergeArguments merging = {
      .out = out.data(),
      .heads = heads,
      .layout = layout,
      .slices = work.slices.data(),
      .merges = work.merges.data(),
      .partial_sums = scratch.sums.data(),
      .partial_softmax = scratch.softmax.data(),
      .value_scales = scales.values.data(),
  };
  launch(stream, "attention: merge",
         {.grid = dim3(static_cast<unsigned>(work.merges.size()),
                       static_cast<unsigned>(layout.kv_heads)),
          .block = kPackVectors * kWarp,
          .shared_bytes = 0},
         merge_partials, merging);
}

Result<int> attention_blocks(const KvLayout& layout) {
  const AttentionKernel kernel = kernel_for(layout);
  check(kernel.kernel != nullptr);
  const void* function = reinterpret_cast<const void*>(kernel.kernel);
  int device = 0;
  int processors = 0;
  int blocks = 0;
  cudaError_t status = cudaGetDevice(&device);
  if (status == cudaSuccess) {
    status = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  }
  if (status == cudaSuccess && kernel.shared_bytes > kOrdinarySharedBytes) {
    status = cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(kernel.shared_bytes));
  }
  if (status == cudaSuccess) {
    status = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, kAttentionThreads,
                                                           kernel.shared_bytes);
  }
  Result<void> read = to_result(status, "attention_blocks");
  if (!read) return read.error();
  return blocks * processors;
}

}  // namespace proctor::engine::cuda
