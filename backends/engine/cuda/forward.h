// The forward pass of one step as a list of launches: rows of tokens in, sampled tokens out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/device_model.h"
#include "backends/engine/cuda/graph.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/kv_layout.h"
#include "backends/engine/cuda/kernels/place_drawn.h"
#include "backends/engine/cuda/kernels/sample.h"
#include "backends/engine/cuda/matrix_product.h"
#include "backends/engine/cuda/step_batch.h"
#include "backends/engine/cuda/step_bucket.h"
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
  DeviceBuffer<float> partial_sums;            // see AttentionScratch
  DeviceBuffer<float> partial_softmax;
  DeviceBuffer<unsigned> tickets;
};

// What a step keeps until it is collected, while the next one is under way.
struct StepInFlight {
  Upload upload;
  DeviceBuffer<SampleResult> results;  // [rows], of `wanted`; the next step reads its tokens there
  PinnedBuffer<SampleResult> drawn;    // [rows], likewise
  std::optional<Event> begun, done;
  std::vector<WantedLogits> wanted;
  std::vector<std::span<float>> logits;  // of `wanted`, where they go; none at all: nowhere
  std::vector<bool> samples;             // of each slice, whether it samples

  // They know the step's arrays by where they lie. Empty: seen once, when the kernels that the next
  // will capture were first used.
  std::map<StepBucket, std::optional<Graph>> graphs;
  const std::byte* arrays_of_graphs = nullptr;
};

// The model, the cache and the buffers must outlive it. Used by one thread at a time.
class Forward {
 public:
  // max_rows: of a step. Errors: unavailable.
  static Result<Forward> make(const DeviceModel& model, MatrixProduct& product, int max_rows,
                              Stream& stream);

  // The cache, the same at every call: [layers][pages of the layout]. spare_page: one that no slice
  // uses. graphs: whether steps that only decode are repeated as captured graphs, unless these turn
  // out not to be to be had.
  void set_cache(DeviceSpan<std::byte> cache, std::int32_t spare_page, bool graphs = true) {
    cache_ = cache;
    spare_slot_ = spare_page * kPagePositions;
    graphs_ = graphs;
  }

  // As Device::set_stop_tokens.
  void set_stop_tokens(std::span<const std::int32_t> tokens);

  // As Device::submit and Device::collect. Errors: unavailable; corrupt, for logits that are no
  // numbers. After one, no step is under way.
  Result<void> submit(std::span<const SequenceSlice> slices);
  Result<void> collect(std::span<SampledToken> sampled);

  // Waits until nothing is under way, what was submitted being of no use any more. Errors:
  // likewise.
  Result<void> abandon();

  KvLayout layout() const { return layout_; }
  std::int64_t replayed_steps() const { return replayed_steps_; }  // by graphs
  double busy_seconds() const { return busy_seconds_; }            // as Device::busy_seconds

  // Steps in all. Those that were collected are done, and so is all that their stream was given
  // before them.
  std::size_t submitted() const { return submitted_; }
  std::size_t collected() const { return collected_; }

 private:
  struct OnDevice;

  Forward(const DeviceModel& model, MatrixProduct& product, Stream& stream)
      : model_(&model), product_(&product), stream_(&stream) {}
  Result<void> queue(std::span<const SequenceSlice> slices, StepInFlight& step);
  Result<OnDevice> send(const StepBatch& batch, Upload& upload);
  void launch(const OnDevice& on_device, StepInFlight& step);
  void launch_as_graph(const OnDevice& on_device, StepInFlight& step, const StepBucket& bucket);
  Result<Graph> captured(const OnDevice& on_device, StepInFlight& step);
  void compute(const OnDevice& step, int rows);
  void attention_block(std::size_t layer, const OnDevice& step, int rows);
  void feed_forward_block(const DeviceLayer& layer, int rows);
  void sample(const OnDevice& on_device, StepInFlight& step);
  MatmulOperands operands(const DeviceBuffer<bf16>& x, const WeightSpans& weight, int depth) const;

  const DeviceModel* model_;
  MatrixProduct* product_;
  Stream* stream_;
  DeviceSpan<std::byte> cache_;
  KvLayout layout_;
  DeviceBuffer<float> cosines_, sines_;
  ForwardBuffers buffers_;
  std::array<StepInFlight, 2> steps_;
  std::size_t submitted_ = 0;  // steps in all; number n is steps_[n % 2]
  std::size_t collected_ = 0;
  std::vector<std::int32_t> stop_tokens_;
  std::int32_t spare_slot_ = 0;
  bool graphs_ = false;
  std::size_t most_rows_ = 0;  // of a step
  std::int64_t replayed_steps_ = 0;
  double busy_seconds_ = 0;
  int attention_blocks_ = 1;
  AttentionRoom room_;
};

}  // namespace proctor::engine::cuda
