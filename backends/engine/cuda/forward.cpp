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

TokenEnd end_with(Finish finish) {
  switch (finish) {
    case Finish::stop:
      return TokenEnd::stop;
    case Finish::length:
      return TokenEnd::length;
    case Finish::none:
    case Finish::not_a_number:
      break;
  }
  return TokenEnd::none;
}

}  // namespace

struct Forward::OnDevice {
  PlaceArrays placed;
  DeviceSpan<const DrawnRow> drawn_rows;
  DeviceSpan<const std::int32_t> positions, wanted_rows, stop_tokens;
  AttentionWork work;
};

Result<Forward> Forward::make(const DeviceModel& model, MatrixProduct& product, int max_rows,
                              Stream& stream) {
  const ModelConfig& config = model.config;
  Forward forward(model, product, stream);
  forward.layout_ = {config.kv_heads, config.head_dim, model.kv_cache};
  forward.most_rows_ = size(std::max(max_rows, kLogitRows));
  const std::size_t rows = size(product.padded(static_cast<int>(forward.most_rows_)));
  const std::size_t result_floats = size(config.kv_heads) * (size(config.head_dim) + 2);
  const std::size_t partials = kPartialBytes / (result_floats * sizeof(float));

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
  maker.make(buffers.partial_sums, partials * size(config.kv_heads * config.head_dim));
  maker.make(buffers.partial_softmax, partials * size(config.kv_heads) * 2);
  maker.make(buffers.tickets, 2);
  for (StepInFlight& step : forward.steps_) {
    maker.make(step.results, rows);
    maker.make(step.drawn, rows);
    for (std::optional<Event>* event : {&step.begun, &step.done}) {
      Result<Event> made = Event::make();
      if (!made) return made.error();
      *event = std::move(*made);
    }
  }
  const RotaryAngles angles = rotary_angles(config, size(config.max_context));
  maker.make(forward.cosines_, angles.cosines.size());
  maker.make(forward.sines_, angles.sines.size());
  if (!maker.result()) return maker.result().error();

  clear(buffers.tickets.span(), stream);
  clear(buffers.attended.span(), stream);  // what rows that attend to nothing find here: numbers
  copy_to_device(forward.cosines_.span(), angles.cosines, stream);
  copy_to_device(forward.sines_.span(), angles.sines, stream);
  if (Result<void> copied = stream.wait(); !copied) return copied.error();
  Result<int> blocks = attention_blocks(forward.layout_);
  if (!blocks) return blocks.error();
  forward.attention_blocks_ = std::max(1, *blocks);
  forward.room_ = {.group = config.heads / config.kv_heads,
                   .max_partials = static_cast<std::int32_t>(partials),
                   .at_a_time = std::max(1, *blocks / config.kv_heads)};
  return forward;
}

// The graphs were captured with as many as there were.
void Forward::set_stop_tokens(std::span<const std::int32_t> tokens) {
  check(submitted_ == collected_);
  stop_tokens_.assign(tokens.begin(), tokens.end());
  for (StepInFlight& step : steps_) step.graphs.clear();
}

Result<void> Forward::submit(std::span<const SequenceSlice> slices) {
  check(submitted_ - collected_ < steps_.size());
  Result<void> queued = queue(slices, steps_[submitted_ % steps_.size()]);
  if (queued && !stream_->failed()) {
    ++submitted_;
    return {};
  }
  const Result<void> done = abandon();
  return queued ? done : queued;
}

Result<void> Forward::queue(std::span<const SequenceSlice> slices, StepInFlight& step) {
  const StepInFlight& before = steps_[(submitted_ + 1) % steps_.size()];
  StepBatch batch = make_step_batch(slices, room_, before.wanted);
  check(batch.wanted.size() <= step.results.size());
  step.wanted = batch.wanted;
  step.samples.clear();
  step.logits.clear();
  for (const SequenceSlice& slice : slices) step.samples.push_back(slice.sample);
  const bool wants_logits =
      std::ranges::any_of(slices, [](const SequenceSlice& slice) { return !slice.logits.empty(); });
  if (wants_logits) {
    for (const WantedLogits& each : step.wanted) step.logits.push_back(slices[each.slice].logits);
  }
  std::optional<StepBucket> bucket;
  if (graphs_ && !wants_logits) bucket = bucket_of(batch, most_rows_);
  if (bucket) fill_up(batch, *bucket, spare_slot_);

  step.begun->record(*stream_);
  const Result<OnDevice> sent = send(batch, step.upload);
  if (!sent) return sent.error();
  place_drawn(sent->placed, sent->drawn_rows, before.results.span(), spare_slot_, *stream_);
  if (bucket) {
    launch_as_graph(*sent, step, *bucket);
  } else {
    launch(*sent, step);
  }
  copy_to_host(step.drawn.span().first(step.wanted.size()),
               step.results.span().first(step.wanted.size()), *stream_);
  step.done->record(*stream_);
  return {};
}

void Forward::launch(const OnDevice& on_device, StepInFlight& step) {
  compute(on_device, static_cast<int>(on_device.positions.size()));
  sample(on_device, step);
}

void Forward::launch_as_graph(const OnDevice& on_device, StepInFlight& step,
                              const StepBucket& bucket) {
  const std::byte* const arrays = step.upload.address();
  if (std::exchange(step.arrays_of_graphs, arrays) != arrays) step.graphs.clear();
  const auto [found, is_new] = step.graphs.try_emplace(bucket);
  std::optional<Graph>& graph = found->second;
  if (!graph && !is_new) {
    Result<Graph> made = captured(on_device, step);
    if (made) {
      graph = std::move(*made);
    } else {
      graphs_ = false;  // as good as before there were any
    }
  }
  if (!graph) return launch(on_device, step);
  graph->launch(*stream_);
  ++replayed_steps_;
}

// In a stream of its own, whose failure is not the step's.
Result<Graph> Forward::captured(const OnDevice& on_device, StepInFlight& step) {
  Result<Stream> stream = Stream::make();
  if (!stream) return stream.error();
  Stream* const usual = std::exchange(stream_, &*stream);
  Result<Graph> graph = Graph::capture(*stream, [&] { launch(on_device, step); });
  stream_ = usual;
  return graph;
}

Result<Forward::OnDevice> Forward::send(const StepBatch& batch, Upload& upload) {
  const auto room = [](const auto&... arrays) { return (Upload::room_for(arrays) + ...); };
  const Result<void> begun =
      upload.begin(room(stop_tokens_, batch.tokens, batch.positions, batch.cache_slots,
                        batch.wanted_rows, batch.slices, batch.pages, batch.plan.items,
                        batch.plan.merges, batch.requests, batch.drawn_rows));
  if (!begun) return begun.error();
  OnDevice step;
  step.stop_tokens = upload.add(stop_tokens_);
  step.placed = {.tokens = upload.add(batch.tokens),
                 .cache_slots = upload.add(batch.cache_slots),
                 .slices = upload.add(batch.slices),
                 .requests = upload.add(batch.requests)};
  step.positions = upload.add(batch.positions);
  step.wanted_rows = upload.add(batch.wanted_rows);
  step.work = {.slices = step.placed.slices,
               .pages = upload.add(batch.pages),
               .items = upload.add(batch.plan.items),
               .merges = upload.add(batch.plan.merges)};
  // Last: there may be any number, and a graph knows the others by where they lie.
  step.drawn_rows = upload.add(batch.drawn_rows);
  upload.send(*stream_);
  return step;
}

MatmulOperands Forward::operands(const DeviceBuffer<bf16>& x, const WeightSpans& weight,
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

  embed_rms_norm(normed, residual, step.placed.tokens, model_->embed.span(),
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
  const DeviceSpan<std::byte> cache = cache_.subspan(layer * layer_size, layer_size);
  const KvScaleSpans scales = {weights.key_scales.span(), weights.value_scales.span()};

  MatmulOperands projection = operands(buffers_.normed, weights.qkv.spans(), config.hidden_size);
  projection.bias = weights.qkv_bias.span();
  product_->multiply(buffers_.qkv.span(), projection, rows, *stream_);
  const DeviceSpan<bf16> qkv = buffers_.qkv.span().first(size(rows) * size(width));
  rotate_append(qkv, cache, step.positions, step.placed.cache_slots, config.heads, layout_,
                {.cosines = cosines_.span(),
                 .sines = sines_.span(),
                 .q_norm = weights.q_norm.span(),
                 .k_norm = weights.k_norm.span(),
                 .eps = static_cast<float>(config.rms_norm_eps),
                 .scales = scales},
                *stream_);
  attention(buffers_.attended.span().first(size(rows) * size(config.q_size())), qkv, width, cache,
            scales, config.heads, layout_, step.work,
            {.sums = buffers_.partial_sums.span(),
             .softmax = buffers_.partial_softmax.span(),
             .tickets = buffers_.tickets.span()},
            attention_blocks_, *stream_);
  product_->multiply(buffers_.delta.span(),
                     operands(buffers_.attended, weights.o.spans(), config.q_size()), rows,
                     *stream_);
}

// buffers_.normed to buffers_.delta.
void Forward::feed_forward_block(const DeviceLayer& layer, int rows) {
  const ModelConfig& config = model_->config;
  const int width = config.intermediate_size;
  product_->multiply(buffers_.gate_up.span(),
                     operands(buffers_.normed, layer.gate_up.spans(), config.hidden_size), rows,
                     *stream_);
  silu_multiply(buffers_.activated.span().first(size(rows) * size(width)),
                buffers_.gate_up.span().first(size(rows) * 2 * size(width)), width, *stream_);
  product_->multiply(buffers_.delta.span(), operands(buffers_.activated, layer.down.spans(), width),
                     rows, *stream_);
}

void Forward::sample(const OnDevice& on_device, StepInFlight& step) {
  const ModelConfig& config = model_->config;
  const std::size_t stride = size(model_->logit_stride);
  const std::size_t wanted = on_device.wanted_rows.size();
  for (std::size_t first = 0; first < wanted; first += size(kLogitRows)) {
    const std::size_t count = std::min(size(kLogitRows), wanted - first);
    gather_add_rms_norm(buffers_.normed.span().first(count * size(config.hidden_size)),
                        buffers_.residual.span(), buffers_.delta.span(),
                        on_device.wanted_rows.subspan(first, count), model_->final_norm.span(),
                        static_cast<float>(config.rms_norm_eps), *stream_);
    product_->multiply(buffers_.logits.span(),
                       operands(buffers_.normed, model_->lm_head(), config.hidden_size),
                       static_cast<int>(count), *stream_);
    cuda::sample(step.results.span().subspan(first, count),
                 buffers_.logits.span().first(count * stride), config.vocab_size,
                 model_->logit_stride, on_device.placed.requests.subspan(first, count),
                 on_device.stop_tokens, *stream_);
    for (std::size_t i = first; i < std::min(first + count, step.logits.size()); ++i) {
      const std::span<float> logits = step.logits[i];
      copy_to_host(logits, buffers_.logits.span().subspan((i - first) * stride, logits.size()),
                   *stream_);
    }
  }
}

Result<void> Forward::collect(std::span<SampledToken> sampled) {
  check(collected_ < submitted_);
  const StepInFlight& step = steps_[collected_ % steps_.size()];
  check(sampled.size() == step.samples.size());
  const Result<void> reached = step.done->wait();
  const Result<float> took = reached ? step.done->milliseconds_since(*step.begun) : reached.error();
  if (!took) {
    const Result<void> ended = abandon();
    return ended ? took.error() : ended;
  }
  busy_seconds_ += static_cast<double>(*took) / 1000;
  bool numbers = true;
  for (std::size_t i = 0; i < step.wanted.size(); ++i) {
    const std::size_t slice = step.wanted[i].slice;
    if (!step.samples[slice]) continue;
    const SampleResult& drawn = step.drawn.span()[i];
    sampled[slice] = {drawn.id, drawn.logprob, drawn.tempered_logprob, end_with(drawn.finish)};
    numbers = numbers && drawn.finish != Finish::not_a_number;
  }
  ++collected_;
  if (numbers) return {};
  if (Result<void> done = abandon(); !done) return done;
  return Error(ErrorCode::corrupt, "the model's logits are not numbers: damaged weights?");
}

// Also after a failure: what was queued before it still uses the buffers.
Result<void> Forward::abandon() {
  collected_ = submitted_;
  return stream_->wait();
}

}  // namespace proctor::engine::cuda
