// Causal attention of grouped queries over the paged cache: softmax(q k / sqrt(head_dim)) v.
//
// Batch-invariant: a vector's result depends on its query, its position and the keys and values up
// to it, to the bit. Each chunk of 512 absolute positions is four streams, of the positions p with
// p % 64 / 16 equal, each a running softmax (Milakov and Gimelshein 2018, arXiv:1805.02867) over 16
// positions at a time; the streams of a chunk are merged in order, then the chunks. What lies past
// a vector's position changes nothing: it is masked before the maximum, adds zeros, and multiplies
// by one. So items may take a pack's chunks apart or together (reference/inference.md, section 5).
//
// bf16 products on the tensor cores with fp32 sums; softmax in fp32 by 2^x; its weights are rounded
// to bf16 for the product with the values. Keys and values in E4M3 are widened to bf16, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/attention_plan.h"
#include "backends/engine/cuda/kernels/kv_layout.h"

namespace proctor::engine::cuda {

// A plan on the device, and what it refers to. Merges of no vectors are no work, nor are the items
// from the first one of no chunks on: a captured graph is launched with as many of both as it may
// ever need. A slice of no tokens is passed over, whatever the plan has of it: nothing is written.
struct AttentionWork {
  DeviceSpan<const AttentionSlice> slices;
  DeviceSpan<const std::int32_t> pages;  // the page tables, one after another
  DeviceSpan<const AttentionItem> items;
  DeviceSpan<const AttentionMerge> merges;
};

// What attention writes meanwhile; of use to nobody else.
struct AttentionScratch {
  DeviceSpan<float> sums;        // [partials, kv_heads, head_dim]
  DeviceSpan<float> softmax;     // [partials, kv_heads, 2]: the largest score and the weights' sum
  DeviceSpan<unsigned> tickets;  // 2, both 0; left so
};

// Whether there are kernels for such heads: head_dim 32, 64, 96 or 128, and a group of up to 16.
bool attention_takes(int heads, const KvLayout& layout);

// qkv: [rows, qkv_stride] bf16, a row's first heads * head_dim elements its turned queries;
// out: [rows, heads * head_dim] bf16; cache and scales: the layer's, queries being multiplied by
// the scales of the keys already (rotate_append.h). blocks: how many run at a time, at least 1;
// attention_blocks() is the best number. Memory is aligned to 16 bytes, qkv_stride a multiple of 8.
void attention(DeviceSpan<bf16> out, DeviceSpan<const bf16> qkv, int qkv_stride,
               DeviceSpan<const std::byte> cache, const KvScaleSpans& scales, int heads,
               const KvLayout& layout, const AttentionWork& work, const AttentionScratch& scratch,
               int blocks, Stream& stream);

// As many as the calling thread's current device holds at a time. Errors: unavailable.
Result<int> attention_blocks(const KvLayout& layout);

// The meaning, of one vector: keys and values are [positions, head_dim], all of them visible.
void attention_reference(std::span<double> out, std::span<const double> query,
                         std::span<const double> keys, std::span<const double> values);

}  // namespace proctor::engine::cuda
