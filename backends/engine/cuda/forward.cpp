#include "backends/engine/cuda/forward.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/engine/checkpoint/rotary_angles.h"
#include "backends/engine/cuda/kernels/rms_norm.h"
#include "backends/engine/cuda/kernels/rotate_append.h"
#include "backends/engine/cuda/kernels/silu_multiply.h"

namespace proctor::engine::cuda {
namespace {

// Memory for attention's partial results: enough that 256 sequences of 8k positions are cut into
// chunks, for any model.
constexpr std::size_t kPartialBytes = std::size_t{256} << 20;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

// Makes buffers until one fails.
class Maker {
 public:
  template <class T>
  void make(DeviceBuffer<T>& buffer, std::size_t elements) {
    keep(buffer, DeviceBuffer<T>::make(elements));
  }
  template <class T>
  void make(PinnedBuffer<T>& buffer, std::size_t elements) {
    keep(buffer, PinnedBuffer<T>::make(elements));
  }
  const Result<void>& result() const { return result_; }

 private:
  template <class Buffer>
  void keep(Buffer& buffer, Result<Buffer> made) {
    if (made) {
      buffer = std::move(*made);
    } else if (result_) {
      result_ = made.error().within("buffers of a step");
    }
  }

  Result<void> result_;
};

}  // namespace

struct Forward::OnDevice {
  DeviceSpan<const std::int32_t> tokens, positions, cache_slots, wanted_rows;
  AttentionWork work;
  DeviceSpan<const SampleRequest> requests;
};

Result<Forward> Forward::make(const DeviceModel& model, MatrixProduct& product, int max_rows,
                              Stream& stream) {
  const ModelConfig& config = model.config;
  Forward forward(model, product, stream);
  forward.layout_ = {config.kv_heads, config.head_dim};
  const std::size_t rows = size(product.padded(std::max(max_rows, kLogitRows)));
  const std::size_t result_floats = size(config.kv_heads) * (size(config.head_dim) + 2);
  const std::size_t partials = kPartialBytes / (result_floats * sizeof(float));
  forward.max_partials_ = static_cast<std::int32_t>(partials);

  ForwardBuffers& buffers = forward.buffers_;
  Maker maker;
  for (DeviceBuffer<bf16>* buffer : {&buffers.residual, &buffers.normed, &buffers.delta}) {
    maker.make(*buffer, rows * size(config.hidden_size));
  }
  maker.make(buffers.qkv, rows * size(config.q_size() + 2 * config.kv_size()));
  maker.make(buffers.attended, rows * size(config.q_size()));
  maker.make(buffers.gate_up, rows * 2 * size(config.intermediate_size));
  maker.make(buffers.activated, rows * size(config.intermediate_size));
  maker.make(buffers.logits, size(product.padded(kLogitRows)) * size(model.logit_stride));
  maker.make(buffers.results, size(kLogitRows));
  maker.make(buffers.drawn, size(kLogitRows));
  maker.make(buffers.partial_sums, partials * size(config.kv_heads * config.head_dim));
  maker.make(buffers.partial_softmax, partials * size(config.kv_heads) * 2);
  maker.make(buffers.tickets, 2);
  const RotaryAngles angles = rotary_angles(config, size(config.max_context));
  maker.make(forward.cosines_, angles.cosines.size());
  maker.make(forward.sines_, angles.sines.size());
  if (!maker.result()) return maker.result().error();

  clear(buffers.tickets.span(), stream);
  copy_to_device(forward.cosines_.span(), angles.cosines, stream);
  copy_to_device(forward.sines_.span(), angles.sines, stream);
  if (Result<void> copied = stream.wait(); !copied) return copied.error();
  Result<int> blocks = attention_blocks(forward.layout_);
  if (!blocks) return blocks.error();
  forward.attention_blocks_ = std::max(1, *blocks);
  return forward;
}

Result<void> Forward::run(std::span<const SequenceSlice> slices, std::span<SampledToken> sampled) {
  const StepBatch batch =
      make_step_batch(slices, model_->config.heads / model_->config.kv_heads, max_partials_);
  Result<OnDevice> step = send(batch);
  if (!step) return step.error();
  compute(*step, static_cast<int>(batch.tokens.size()));
  return sample(batch, *step, slices, sampled);
}

Result<Forward::OnDevice> Forward::send(const StepBatch& batch) {
  const auto room = [](const auto&... arrays) { return (Upload::room_for(arrays) + ...); };
  const Result<void> begun = upload_.begin(
      room(batch.tokens, batch.positions, batch.cache_slots, batch.wanted_rows, batch.slices,
           batch.pages, batch.plan.items, batch.plan.merges, batch.requests));
  if (!begun) return begun.error();
  OnDevice step;
  step.tokens = upload_.add(batch.tokens);
  step.positions = upload_.add(batch.positions);
  step.cache_slots = upload_.add(batch.cache_slots);
  step.wanted_rows = upload_.add(batch.wanted_rows);
  step.work = {.slices = upload_.add(batch.slices),
               .pages = upload_.add(batch.pages),
               .items = upload_.add(batch.plan.items),
               .merges = upload_.add(batch.plan.merges)};
  step.requests = upload_.add(batch.requests);
  upload_.send(*stream_);
  return step;
}

MatmulOperands Forward::operands(const DeviceBuffer<bf16>& x, DeviceSpan<const bf16> weight,
                                 int depth) const {
  return {.x = x.span(), .weight = weight, .bias = {}, .depth = depth};
}

void Forward::compute(const OnDevice& step, int rows) {
  const ModelConfig& config = model_->config;
  const float eps = static_cast<float>(config.rms_norm_eps);
  const std::size_t elements = size(rows) * size(config.hidden_size);
  const DeviceSpan<bf16> residual = buffers_.residual.span().first(elements);
  const DeviceSpan<bf16> normed = buffers_.normed.span().first(elements);
  const DeviceSpan<const bf16> delta = buffers_.delta.span().first(elements);
  const std::vector<DeviceLayer>& layers = model_->layers;

  embed_rms_norm(normed, residual, step.tokens, model_->embed.span(),
                 layers.front().input_norm.span(), eps, *stream_);
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    attention_block(layer, step, rows);
    add_rms_norm(normed, residual, delta, layers[layer].post_norm.span(), eps, *stream_);
    feed_forward_block(layers[layer], rows);
    if (layer + 1 == layers.size()) break;  // the last sum is gather_add_rms_norm's
    add_rms_norm(normed, residual, delta, layers[layer + 1].input_norm.span(), eps, *stream_);
  }
}

// buffers_.normed to buffers_.delta.
void Forward::attention_block(std::size_t layer, const OnDevice& step, int rows) {
  const ModelConfig& config = model_->config;
  const DeviceLayer& weights = model_->layers[layer];
  const int width = config.q_size() + 2 * config.kv_size();
  const std::size_t layer_size = cache_.size() / model_->layers.size();
  const DeviceSpan<bf16> cache = cache_.subspan(layer * layer_size, layer_size);

  MatmulOperands projection = operands(buffers_.normed, weights.qkv.span(), config.hidden_size);
  projection.bias = weights.qkv_bias.span();
  product_->multiply(buffers_.qkv.span(), projection, rows, *stream_);
  const DeviceSpan<bf16> qkv = buffers_.qkv.span().first(size(rows) * size(width));
  rotate_append(qkv, cache, step.positions, step.cache_slots, config.heads, layout_,
                {.cosines = cosines_.span(),
                 .sines = sines_.span(),
                 .q_norm = weights.q_norm.span(),
                 .k_norm = weights.k_norm.span(),
                 .eps = static_cast<float>(config.rms_norm_eps)},
                *stream_);
  attention(buffers_.attended.span().first(size(rows) * size(config.q_size())), qkv, width, cache,
            config.heads, layout_, step.work,
            {.sums = buffers_.partial_sums.span(),
             .softmax = buffers_.partial_softmax.span(),
             .tickets = buffers_.tickets.span()},
            attention_blocks_, *stream_);
  product_->multiply(buffers_.delta.span(),
                     operands(buffers_.attended, weights.o.span(), config.q_size()), rows,
                     *stream_);
}

// buffers_.normed to buffers_.delta.
void Forward::feed_forward_block(const DeviceLayer& layer, int rows) {
  const ModelConfig& config = model_->config;
  const int width = config.intermediate_size;
  product_->multiply(buffers_.gate_up.span(),
                     operands(buffers_.normed, layer.gate_up.span(), config.hidden_size), rows,
                     *stream_);
  silu_multiply(buffers_.activated.span().first(size(rows) * size(width)),
                buffers_.gate_up.span().first(size(rows) * 2 * size(width)), width, *stream_);
  product_->multiply(buffers_.delta.span(), operands(buffers_.activated, layer.down.span(), width),
                     rows, *stream_);
}

Result<void> Forward::sample(const StepBatch& batch, const OnDevice& step,
                             std::span<const SequenceSlice> slices,
                             std::span<SampledToken> sampled) {
  const ModelConfig& config = model_->config;
  const std::size_t stride = size(model_->logit_stride);
  bool numbers = true;
  if (batch.wanted.empty()) return stream_->wait();
  for (std::size_t first = 0; first < batch.wanted.size(); first += size(kLogitRows)) {
    const std::size_t count = std::min(size(kLogitRows), batch.wanted.size() - first);
    const auto wanted = std::span(batch.wanted).subspan(first, count);
    gather_add_rms_norm(buffers_.normed.span().first(count * size(config.hidden_size)),
                        buffers_.residual.span(), buffers_.delta.span(),
                        step.wanted_rows.subspan(first, count), model_->final_norm.span(),
                        static_cast<float>(config.rms_norm_eps), *stream_);
    product_->multiply(buffers_.logits.span(),
                       operands(buffers_.normed, model_->lm_head(), config.hidden_size),
                       static_cast<int>(count), *stream_);
    cuda::sample(buffers_.results.span().first(count), buffers_.logits.span().first(count * stride),
                 config.vocab_size, model_->logit_stride, step.requests.subspan(first, count), {},
                 *stream_);
    copy_to_host(buffers_.drawn.span().first(count), buffers_.results.span().first(count),
                 *stream_);
    for (std::size_t i = 0; i < count; ++i) {
      const std::span<float> logits = slices[wanted[i].slice].logits;
      if (logits.empty()) continue;
      copy_to_host(logits, buffers_.logits.span().subspan(i * stride, logits.size()), *stream_);
    }
    if (Result<void> done = stream_->wait(); !done) return done;
    for (std::size_t i = 0; i < count; ++i) {
      if (!slices[wanted[i].slice].sample) continue;
      const SampleResult& drawn = buffers_.drawn.span()[i];
      sampled[wanted[i].slice] = {drawn.id, drawn.logprob, drawn.tempered_logprob};
      numbers = numbers && drawn.finish != Finish::not_a_number;
    }
  }
  if (numbers) return {};
  return Error(ErrorCode::corrupt, "the model's logits are not numbers: damaged weights?");
}

}  // namespace proctor::engine::cuda
