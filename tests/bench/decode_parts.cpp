#include "tests/bench/decode_parts.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "backends/engine/checkpoint/rotary_angles.h"
#include "backends/engine/cuda/forward.h"
#include "backends/engine/cuda/kernels/rms_norm.h"
#include "backends/engine/cuda/kernels/rotate_append.h"
#include "backends/engine/cuda/kernels/silu_multiply.h"
#include "tests/bench/cuda_bench.h"

namespace proctor::engine::cuda::bench {
namespace {

constexpr int kRounds = 5;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

// The arrays and the room that a step's kernels need, as Forward has them.
class Step {
 public:
  Step(const DeviceModel& model, MatrixProduct& product, DeviceSpan<std::byte> cache,
       std::span<const SequenceSlice> slices, Stream& stream)
      : model_(model),
        config_(model.config),
        product_(product),
        cache_(cache),
        stream_(stream),
        rows_(slices.size()),
        layout_{config_.kv_heads, config_.head_dim, model.kv_cache},
        blocks_(taken(attention_blocks(layout_))) {
    const AttentionRoom room = {.group = config_.heads / config_.kv_heads,
                                .max_partials = 1 << 20,
                                .at_a_time = std::max(1, blocks_ / config_.kv_heads)};
    upload_batch(make_step_batch(slices, room, {}));
    const std::size_t most = size(product.padded(std::max(static_cast<int>(rows_), kLogitRows)));
    const auto make = [&](DeviceBuffer<bf16>& buffer, int width) {
      buffer = taken(DeviceBuffer<bf16>::make(most * size(width)));
      fill(buffer.span(), 1, stream_);
    };
    make(residual_, config_.hidden_size);
    make(normed_, config_.hidden_size);
    make(delta_, config_.hidden_size);
    make(qkv_, config_.q_size() + 2 * config_.kv_size());
    make(attended_, config_.q_size());
    make(gate_up_, 2 * config_.intermediate_size);
    make(activated_, config_.intermediate_size);
    logits_ = taken(
        DeviceBuffer<float>::make(size(product.padded(kLogitRows)) * size(model.logit_stride)));
    results_ = taken(DeviceBuffer<SampleResult>::make(rows_));
    const RotaryAngles angles = rotary_angles(config_, size(config_.max_context));
    cosines_ = upload(angles.cosines, stream_);
    sines_ = upload(angles.sines, stream_);
    done(stream_.wait());
  }

  void attend() {
    for (std::size_t layer = 0; layer < model_.layers.size(); ++layer) {
      attention(first(attended_, config_.q_size()), first(qkv_, width()), width(), cache_of(layer),
                scales_of(layer), config_.heads, layout_,
                {slices_.span(), pages_.span(), items_.span(), merges_.span()},
                {sums_.span(), softmax_.span(), tickets_.span()}, blocks_, stream_);
    }
  }

  void multiply() {
    for (const DeviceLayer& layer : model_.layers) {
      multiply(qkv_, normed_, layer.qkv.spans(), layer.qkv_bias.span(), config_.hidden_size);
      multiply(delta_, attended_, layer.o.spans(), {}, config_.q_size());
      multiply(gate_up_, normed_, layer.gate_up.spans(), {}, config_.hidden_size);
      multiply(delta_, activated_, layer.down.spans(), {}, config_.intermediate_size);
    }
    for_logit_rows([&](std::size_t, std::size_t count) {
      product_.multiply(logits_.span(),
                        {.x = normed_.span(),
                         .weight = model_.lm_head(),
                         .bias = {},
                         .depth = config_.hidden_size},
                        static_cast<int>(count), stream_);
    });
  }

  void draw() {
    for_logit_rows([&](std::size_t from, std::size_t count) {
      sample(results_.span().subspan(from, count),
             logits_.span().first(count * size(model_.logit_stride)), config_.vocab_size,
             model_.logit_stride, requests_.span().subspan(from, count), {}, stream_);
    });
  }

  void do_others() {
    const auto eps = static_cast<float>(config_.rms_norm_eps);
    const DeviceSpan<bf16> normed = first(normed_, config_.hidden_size);
    const DeviceSpan<bf16> residual = first(residual_, config_.hidden_size);
    const DeviceSpan<const bf16> delta = first(delta_, config_.hidden_size);
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      const DeviceLayer& layer = model_.layers[i];
      add_rms_norm(normed, residual, delta, layer.input_norm.span(), eps, stream_);
      rotate_append(first(qkv_, width()), cache_of(i), positions_.span(), cache_slots_.span(),
                    config_.heads, layout_,
                    {.cosines = cosines_.span(),
                     .sines = sines_.span(),
                     .q_norm = layer.q_norm.span(),
                     .k_norm = layer.k_norm.span(),
                     .eps = eps,
                     .scales = scales_of(i)},
                    stream_);
      add_rms_norm(normed, residual, delta, layer.post_norm.span(), eps, stream_);
      silu_multiply(first(activated_, config_.intermediate_size),
                    first(gate_up_, 2 * config_.intermediate_size), config_.intermediate_size,
                    stream_);
    }
  }

 private:
  void upload_batch(const StepBatch& batch) {
    positions_ = upload(batch.positions, stream_);
    cache_slots_ = upload(batch.cache_slots, stream_);
    slices_ = upload(batch.slices, stream_);
    pages_ = upload(batch.pages, stream_);
    items_ = upload(batch.plan.items, stream_);
    merges_ = upload(batch.plan.merges, stream_);
    requests_ = upload(batch.requests, stream_);
    tickets_ = upload(std::vector<unsigned>{0, 0}, stream_);
    const std::size_t partials = size(batch.plan.partials * config_.kv_heads);
    sums_ = taken(DeviceBuffer<float>::make(partials * size(config_.head_dim)));
    softmax_ = taken(DeviceBuffer<float>::make(partials * 2));
  }

  int width() const { return config_.q_size() + 2 * config_.kv_size(); }
  DeviceSpan<bf16> first(DeviceBuffer<bf16>& buffer, int columns) {
    return buffer.span().first(rows_ * size(columns));
  }
  DeviceSpan<std::byte> cache_of(std::size_t layer) {
    const std::size_t bytes = cache_.size() / model_.layers.size();
    return cache_.subspan(layer * bytes, bytes);
  }
  KvScaleSpans scales_of(std::size_t layer) const {
    return {model_.layers[layer].key_scales.span(), model_.layers[layer].value_scales.span()};
  }
  void multiply(DeviceBuffer<bf16>& out, const DeviceBuffer<bf16>& x, const WeightSpans& weight,
                DeviceSpan<const bf16> bias, int depth) {
    product_.multiply(out.span(), {.x = x.span(), .weight = weight, .bias = bias, .depth = depth},
                      static_cast<int>(rows_), stream_);
  }
  void for_logit_rows(const std::function<void(std::size_t, std::size_t)>& body) const {
    for (std::size_t from = 0; from < rows_; from += size(kLogitRows)) {
      body(from, std::min(size(kLogitRows), rows_ - from));
    }
  }

  const DeviceModel& model_;
  const ModelConfig& config_;
  MatrixProduct& product_;
  DeviceSpan<std::byte> cache_;
  Stream& stream_;
  std::size_t rows_;
  KvLayout layout_;
  int blocks_;
  DeviceBuffer<std::int32_t> positions_, cache_slots_, pages_;
  DeviceBuffer<AttentionSlice> slices_;
  DeviceBuffer<AttentionItem> items_;
  DeviceBuffer<AttentionMerge> merges_;
  DeviceBuffer<SampleRequest> requests_;
  DeviceBuffer<SampleResult> results_;
  DeviceBuffer<unsigned> tickets_;
  DeviceBuffer<float> sums_, softmax_, logits_, cosines_, sines_;
  DeviceBuffer<bf16> residual_, normed_, delta_, qkv_, attended_, gate_up_, activated_;
};

// The median, after one that warms up.
double seconds_of(Stream& stream, const std::function<void()>& work) {
  Event begin = taken(Event::make());
  Event end = taken(Event::make());
  std::vector<double> times;
  for (int i = 0; i <= kRounds; ++i) {
    begin.record(stream);
    work();
    end.record(stream);
    done(stream.wait());
    if (i > 0) times.push_back(taken(end.milliseconds_since(begin)) / 1000.0);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

}  // namespace

StepParts time_parts(const DeviceModel& model, MatrixProduct& product, DeviceSpan<std::byte> cache,
                     std::span<const SequenceSlice> slices, Stream& stream) {
  Step step(model, product, cache, slices, stream);
  StepParts parts;
  parts.products = seconds_of(stream, [&] { step.multiply(); });
  parts.others = seconds_of(stream, [&] { step.do_others(); });
  parts.attention = seconds_of(stream, [&] { step.attend(); });
  parts.sampling = seconds_of(stream, [&] { step.draw(); });
  return parts;
}

}  // namespace proctor::engine::cuda::bench
