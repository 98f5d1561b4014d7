#include "backends/engine/cpu/attention.h"

#include <algorithm>
#include <cmath>

namespace proctor::engine::cpu {
namespace {

constexpr std::size_t kRowsPerTask = 8;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

// Calls body(page, first position, positions in it) for the pages of the first `length` positions.
template <class Body>
void for_each_page(const SequenceSlice& slice, std::size_t length, Body body) {
  for (std::size_t at = 0; at < length; at += kPageSize) {
    body(size(slice.pages[at / kPageSize]), at, std::min(kPageSize, length - at));
  }
}

// One head's part of a layer's scales, if there are any.
std::span<const float> head_scales(std::span<const float> scales, std::size_t head,
                                   std::size_t width) {
  return scales.empty() ? scales : scales.subspan(head * width, width);
}

// vectors: one or more, each as wide as there are scales; unless there are none.
void scale_channels(std::span<float> vectors, std::span<const float> scales) {
  for (std::size_t at = 0; at < vectors.size() && !scales.empty(); at += scales.size()) {
    for (std::size_t i = 0; i < scales.size(); ++i) vectors[at + i] *= scales[i];
  }
}

}  // namespace

void attend(const AttentionTask& task, const ModelConfig& config, const Kernels& kernels,
            const KvCache& cache, std::size_t layer, const float* q, std::size_t q_stride,
            float* out, AttentionScratch& scratch) {
  const std::size_t width = size(config.head_dim);
  const std::size_t group = size(config.heads / config.kv_heads);
  const std::size_t vectors = task.rows * group;  // queries, the rows' groups one after another
  const std::size_t length = size(task.slice->start) + task.first + task.rows;
  const std::size_t stride = padded(length);

  scratch.queries.resize(vectors * width);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const float* from = q + (task.step_row + row) * q_stride + task.kv_head * group * width;
    std::copy_n(from, group * width, scratch.queries.data() + row * group * width);
  }
  kernels.scale(scratch.queries.data(), 1.0F / std::sqrt(static_cast<float>(width)),
                scratch.queries.size());
  scale_channels(scratch.queries, head_scales(cache.key_scales(layer), task.kv_head, width));

  scratch.scores.assign(vectors * stride, 0.0F);
  for_each_page(*task.slice, length, [&](std::size_t page, std::size_t at, std::size_t count) {
    cache.multiply_keys(kernels,
                        {.a = scratch.queries.data(),
                         .a_stride = width,
                         .rows = vectors,
                         .depth = width,
                         .panel_stride = kPageSize,
                         .columns = padded(count),
                         .out = scratch.scores.data() + at,
                         .out_stride = stride},
                        layer, page, task.kv_head);
  });

  scratch.output.assign(vectors * width, 0.0F);
  std::vector<float>& sums = scratch.queries;  // no longer needed
  for (std::size_t i = 0; i < vectors; ++i) {
    const std::size_t valid = length - task.rows + i / group + 1;
    sums[i] = kernels.softmax_numerators(scratch.scores.data() + i * stride, valid, stride);
  }
  for_each_page(*task.slice, length, [&](std::size_t page, std::size_t at, std::size_t count) {
    for (std::size_t column = 0; column < width; column += kPanel) {
      cache.multiply_values(kernels,
                            {.a = scratch.scores.data() + at,
                             .a_stride = stride,
                             .rows = vectors,
                             .depth = count,
                             .panel_stride = width,
                             .columns = std::min(kPanel, width - column),
                             .out = scratch.output.data() + column,
                             .out_stride = width},
                            layer, page, task.kv_head, column);
    }
  });
  for (std::size_t i = 0; i < vectors; ++i) {
    float* result = scratch.output.data() + i * width;
    kernels.scale(result, 1.0F / sums[i], width);
    scale_channels({result, width}, head_scales(cache.value_scales(layer), task.kv_head, width));
    const std::size_t head = task.kv_head * group + i % group;
    std::copy_n(result, width,
                out + ((task.step_row + i / group) * size(config.heads) + head) * width);
  }
}

std::vector<AttentionTask> attention_tasks(std::span<const SequenceSlice* const> slices,
                                           const ModelConfig& config) {
  std::vector<AttentionTask> tasks;
  std::size_t step_row = 0;
  for (const SequenceSlice* slice : slices) {
    for (std::size_t first = 0; first < slice->tokens.size(); first += kRowsPerTask) {
      const std::size_t rows = std::min(kRowsPerTask, slice->tokens.size() - first);
      for (std::size_t head = 0; head < size(config.kv_heads); ++head) {
        tasks.push_back({slice, first, rows, step_row + first, head});
      }
    }
    step_row += slice->tokens.size();
  }
  return tasks;
}

}  // namespace proctor::engine::cpu
