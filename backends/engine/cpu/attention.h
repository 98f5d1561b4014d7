// Causal attention with grouped queries over the paged cache, for the rows of one step.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backends/engine/cpu/kernels.h"
#include "backends/engine/cpu/kv_cache.h"
#include "backends/engine/device.h"
#include "backends/engine/model_config.h"

namespace proctor::engine::cpu {

// Consecutive rows of one slice against one key-value head: a unit of work.
struct AttentionTask {
  const SequenceSlice* slice = nullptr;
  std::size_t first = 0;     // of the slice's tokens
  std::size_t rows = 0;      // how many of them
  std::size_t step_row = 0;  // where the first of them lies in the step's buffers
  std::size_t kv_head = 0;
};

// What one thread works in.
struct AttentionScratch {
  std::vector<float> queries, scores, output;
};

// For each of the task's rows and the query heads of its group: the softmax of q k / sqrt(head_dim)
// over all positions up to the row's own, times the values. A row's result does not depend on which
// rows share its task.
// q: the step's queries, a row being q_stride apart; out: [rows of the step][heads * head_dim].
void attend(const AttentionTask& task, const ModelConfig& config, const Kernels& kernels,
            const KvCache& cache, std::size_t layer, const float* q, std::size_t q_stride,
            float* out, AttentionScratch& scratch);

// The step's work for all heads.
std::vector<AttentionTask> attention_tasks(std::span<const SequenceSlice* const> slices,
                                           const ModelConfig& config);

}  // namespace proctor::engine::cpu
