// The forward pass of one step: rows of tokens in, sampled tokens out.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "backends/engine/cpu/attention.h"
#include "backends/engine/cpu/kernels.h"
#include "backends/engine/cpu/kv_cache.h"
#include "backends/engine/cpu/packed_model.h"
#include "backends/engine/cpu/rotary.h"
#include "backends/engine/cpu/thread_pool.h"
#include "backends/engine/device.h"
#include "backends/engine/sampler/sampler.h"

namespace proctor::engine::cpu {

// Runs the tasks of a stage: on a pool's threads, or all on the thread that calls.
class StageRunner {
 public:
  // Without a pool: here.
  explicit StageRunner(ThreadPool* pool) : pool_(pool) {}

  int threads() const { return pool_ == nullptr ? 1 : pool_->threads(); }
  // `work` in multiply-adds: a stage that is over before a sleeping thread has woken stays here.
  void run(std::size_t count, std::size_t work, const ThreadPool::Task& task) const;

 private:
  ThreadPool* pool_;
};

// Holds the buffers between the stages of a step, so one for each step that runs at a time. The
// residual stream and all activations are f32.
class Forward {
 public:
  Forward(const PackedModel& model, const RotaryTable& rotary, KvCache& cache,
          const Kernels& kernels, StageRunner runner);

  // Processes the slices whose places in the step `chosen` lists; of no two chosen slices may one
  // write what the other reads. Sets sampled[i] for each chosen i that samples. False if logits to
  // sample from are no numbers.
  bool run(std::span<const SequenceSlice> slices, std::span<const std::size_t> chosen,
           std::span<SampledToken> sampled);

 private:
  void embed(std::span<const SequenceSlice* const> slices);
  void attention_block(std::size_t layer, std::span<const SequenceSlice* const> slices,
                       std::span<const AttentionTask> tasks);
  void feed_forward_block(const PackedLayer& layer);
  void normalise(const std::vector<float>& weight);
  void rotate_and_store(std::size_t layer, std::span<const SequenceSlice* const> slices);
  bool sample(std::span<const SequenceSlice> slices, std::span<const std::size_t> chosen,
              std::span<SampledToken> sampled);
  // out = (bias or what out holds) + x times matrix, tiled over panels and rows.
  void multiply(const PackedMatrix& matrix, const float* x, std::size_t x_stride, std::size_t rows,
                float* out, std::size_t out_stride) const;

  const PackedModel& model_;
  const RotaryTable& rotary_;
  KvCache& cache_;
  const Kernels& kernels_;
  StageRunner runner_;
  std::size_t rows_ = 0;
  std::size_t hidden_;
  std::size_t qkv_stride_;
  std::vector<float> residual_, normed_;   // [rows][hidden]
  std::vector<float> qkv_;                 // [rows][qkv_stride]
  std::vector<float> attended_;            // [rows][heads * head_dim]
  std::vector<float> gate_, up_;           // [rows][intermediate]
  std::vector<float> logits_;              // [rows of a block][padded vocabulary]
  std::vector<AttentionScratch> scratch_;  // a thread's own
  std::vector<Sampler> samplers_;          // likewise
};

}  // namespace proctor::engine::cpu
