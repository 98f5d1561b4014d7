#include <algorithm>
#include <cmath>

#include "backends/engine/cuda/intrinsics.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/attention_block.h"
#include "backends/engine/cuda/kernels/attention_pack.h"
#include "backends/engine/cuda/kernels/attention_queue.h"
#include "backends/engine/cuda/kernels/kv_tile_e4m3.h"
#include "backends/engine/cuda/kernels/softmax_state.h"
#include "backends/engine/cuda/launch.h"

namespace proctor::engine::cuda {
namespace {

// The block: an item; meanwhile its first warp looks for the next one.
template <class Tile>
__device__ void run_work(AttentionShared<Tile>& shared, const AttentionArguments& arguments,
                         const Assignment& work, Assignment& next) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  // Its place is the next but one's as soon as the first warp is at the next.
  const Pack pack = work.pack;
  const int chunks = work.chunks;
  const int first_chunk = work.first_chunk;
  const std::int32_t partial = work.partial;
  std::int32_t page = work.pages[threadIdx.x % kChunkPages];
  QueryFragments<Tile::kHeadDim> queries;
  Share<Tile::kHeadDim> whole;
  whole.clear();
  for (int i = 0; i < chunks; ++i) {
    std::int32_t page_after = 0;
    const auto prepare = [&] {
      if (i == 0) load_queries<Tile>(queries, arguments, pack);
      if (i + 1 < chunks) page_after = page_of_lane(arguments.queue, pack, first_chunk + i + 1);
      if (i == 0 && warp == 0) assign(next, arguments.queue, draw_ticket(arguments.queue));
    };
    Stream16<Tile> stream;
    run_stream(stream, shared.warps[warp], arguments, pack, queries, first_chunk + i, page,
               prepare);
    page = page_after;
    put_stream(shared, stream);
    __syncthreads();
    merge_chunk(whole, shared);
    __syncthreads();  // before the warps' memory takes tiles again, and `next` is looked at
  }
  put_result(arguments, pack, partial, whole);
}

// Takes work until there is none.
template <class Tile>
__global__ void __launch_bounds__(kAttentionThreads, kBlocksPerProcessor)
    attend(AttentionArguments arguments) {
  AttentionShared<Tile>& shared = shared_memory<AttentionShared<Tile>>();
  if (threadIdx.x < kWarp) assign(shared.work[0], arguments.queue, blockIdx.x);
  __syncthreads();
  for (int turn = 0; shared.work[turn].chunks > 0; turn ^= 1) {
    run_work(shared, arguments, shared.work[turn], shared.work[turn ^ 1]);
  }
  leave(arguments.queue);
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

constexpr int kMergeWarps = 8;
constexpr int kTogether = 4;  // columns that a lane merges: those of one 16-byte access

// The warp: a vector's parts in order, as merge_chunk() does it.
__device__ void merge_vector(const MergeArguments& arguments, const AttentionMerge& entry,
                             const Pack& pack, int vector) {
  const int head_dim = arguments.layout.head_dim;
  const auto kv_heads = static_cast<std::size_t>(arguments.layout.kv_heads);
  const int column = static_cast<int>(threadIdx.x) % kWarp * kTogether;
  if (column >= head_dim) return;
  float sums[kTogether] = {0, 0, 0, 0};
  float largest = -INFINITY;
  float weights = 0;
#pragma unroll 4
  for (int part = 0; part < entry.parts; ++part) {
    const std::size_t slot =
        static_cast<std::size_t>(entry.partial + part * entry.vectors + vector) * kv_heads +
        static_cast<std::size_t>(pack.head);
    const float4 new_sums = *reinterpret_cast<const float4*>(
        arguments.partial_sums + slot * static_cast<std::size_t>(head_dim) +
        static_cast<std::size_t>(column));
    const float2 softmax = *reinterpret_cast<const float2*>(arguments.partial_softmax + slot * 2);
    const MergeFactors factors = merge(largest, weights, softmax.x, softmax.y);
    sums[0] = merged(factors, sums[0], new_sums.x);
    sums[1] = merged(factors, sums[1], new_sums.y);
    sums[2] = merged(factors, sums[2], new_sums.z);
    sums[3] = merged(factors, sums[3], new_sums.w);
  }
#pragma unroll
  for (int i = 0; i < kTogether; ++i) {
    sums[i] =
        sums[i] / weights * value_scale(arguments.value_scales, pack.head, head_dim, column + i);
  }
  bf16* to = arguments.out + pack.at(vector, arguments.heads * head_dim, head_dim) + column;
  *reinterpret_cast<uint2*>(to) = {narrow_pair(sums[0], sums[1]), narrow_pair(sums[2], sums[3])};
}

// One block a merge and key-value head, one warp a vector at a time.
__global__ void __launch_bounds__(kMergeWarps* kWarp) merge_partials(MergeArguments arguments) {
  const AttentionMerge entry = arguments.merges[blockIdx.x];
  Pack pack;
  pack.slice = arguments.slices[entry.slice];
  if (pack.slice.tokens == 0) return;
  pack.group = arguments.heads / arguments.layout.kv_heads;
  pack.head = static_cast<int>(blockIdx.y);
  pack.first = entry.first_vector;
  pack.vectors = entry.vectors;
  for (int vector = static_cast<int>(threadIdx.x) / kWarp; vector < entry.vectors;
       vector += kMergeWarps) {
    merge_vector(arguments, entry, pack, vector);
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
      .queue = {.slices = work.slices.data(),
                .pages = work.pages.data(),
                .items = work.items.data(),
                .works = static_cast<unsigned>(works),
                .tickets = scratch.tickets.data(),
                .group = heads / layout.kv_heads,
                .kv_heads = layout.kv_heads},
      .partial_sums = scratch.sums.data(),
      .partial_softmax = scratch.softmax.data(),
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
          .block = kMergeWarps * kWarp,
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
