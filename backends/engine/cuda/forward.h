// The forward pass of one step as a list of launches: rows of tokens in, sampled tokens out.
#pragma once

#include <cstddef>
#include <span>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/kv_layout.h"
#include "backends/engine/cuda/kernels/sample.h"
#include "backends/engine/cuda/matrix_product.h"
#include "backends/engine/cuda/step_batch.h"
#include "backends/engine/cuda/upload.h"
#include "backends/engine/device.h"

namespace proctor::engine::cuda {

// Rows whose logits are computed at a time: with 152k entries each they are 156 MB.
constexpr int kLogitRows = 256;

// What is written between the stages of a step; rows as MatrixProduct::padded says.
struct ForwardBuffers {
  DeviceBuffer<bf16> residual, normed, delta;  // [rows, hidden]
  DeviceBuffer<bf16> qkv;                      // [rows, q_size + 2 kv_size]
  DeviceBuffer<bf16> attended;                 // [rows, q_size]
  DeviceBuffer<bf16> gate_up;                  // [rows, 2 intermediate]
  DeviceBuffer<bf16> activated;                // [rows, intermediate]
  DeviceBuffer<float> logits;                  // [kLogitRows, logit_stride]
  DeviceBuffer<SampleResult> results;          // [kLogitRows]
  DeviceBuffer<float> partial_sums;            // see AttentionScratch
  DeviceBuffer<float> partial_softmax;
  DeviceBuffer<unsigned> tickets;
  PinnedBuffer<SampleResult> drawn;  // [kLogitRows]
};

// The model, the cache and the buffers must outlive it. Used by one thread at a time.
class Forward {
 public:
  // max_rows: of a step. Errors: unavailable.
  static Result<Forward> make(const DeviceModel& model, MatrixProduct& product, int max_rows,
                              Stream& stream);

  // The cache: [layers][pages of the layout].
  void set_cache(DeviceSpan<bf16> cache) { cache_ = cache; }

  // Processes the slices, sets sampled[i] for those that sample and fills in the logits of those
  // that want them. Blocks. Errors: unavailable; corrupt, for logits that are no numbers.
  Result<void> run(std::span<const SequenceSlice> slices, std::span<SampledToken> sampled);

  KvLayout layout() const { return layout_; }

 private:
  struct OnDevice;

  Forward(const DeviceModel& model, MatrixProduct& product, Stream& stream)
      : model_(&model), product_(&product), stream_(&stream) {}
  Result<OnDevice> send(const StepBatch& batch);
  void compute(const OnDevice& step, int rows);
  void attention_block(std::size_t layer, const OnDevice& step, int rows);
  void feed_forward_block(const DeviceLayer& layer, int rows);
  Result<void> sample(const StepBatch& batch, const OnDevice& step,
                      std::span<const SequenceSlice> slices, std::span<SampledToken> sampled);
  MatmulOperands operands(const DeviceBuffer<bf16>& x, DeviceSpan<const bf16> weight,
                          int depth) const;

  const DeviceModel* model_;
  MatrixProduct* product_;
  Stream* stream_;
  DeviceSpan<bf16> cache_;
  KvLayout layout_;
  DeviceBuffer<float> cosines_, sines_;
  ForwardBuffers buffers_;
  Upload upload_;
  int attention_blocks_ = 1;
  std::int32_t max_partials_ = 0;
};

}  // namespace proctor::engine::cuda
