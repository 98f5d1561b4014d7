#include "backends/engine/cuda/device_model.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "backends/engine/cuda/kernels/attention.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kMultiple = 8;  // elements that the kernels read at a time

// Elements that are rounded at a time on their way.
constexpr std::size_t kRoundedElements = std::size_t{1} << 20;

void copy_rounded(DeviceSpan<bf16> to, const TensorView& from, Stream& stream) {
  std::vector<float> wide(std::min(kRoundedElements, to.size()));
  std::vector<bf16> narrow(wide.size());
  for (std::size_t first = 0; first < to.size(); first += wide.size()) {
    const std::size_t count = std::min(wide.size(), to.size() - first);
    from.widen(first, std::span(wide).first(count));
    std::ranges::transform(std::span(wide).first(count), narrow.begin(), rounded_to_bf16);
    copy_to_device(to.subspan(first, count), std::span<const bf16>(narrow).first(count), stream);
  }
}

void copy_tensor(DeviceSpan<bf16> to, const TensorView& from, Stream& stream) {
  if (from.dtype != DType::bf16) return copy_rounded(to, from, stream);
  const auto* elements = reinterpret_cast<const bf16*>(from.data.data());
  copy_to_device(to, std::span(elements, from.elements()), stream);
}

class Uploader {
 public:
  explicit Uploader(Stream& stream) : stream_(stream) {}

  // The tensors one after another, and zeros up to `elements` in all. After a failure nothing.
  DeviceBuffer<bf16> put(std::span<const TensorView> parts, std::size_t elements = 0) {
    std::size_t size = 0;
    for (const TensorView& part : parts) size += part.present() ? part.elements() : 0;
    if (!result_) return {};
    Result<DeviceBuffer<bf16>> buffer = DeviceBuffer<bf16>::make(std::max(size, elements));
    if (!buffer) {
      result_ = buffer.error().within("weights");
      return {};
    }
    std::size_t at = 0;
    for (const TensorView& part : parts) {
      if (!part.present()) continue;
      copy_tensor(buffer->span().subspan(at, part.elements()), part, stream_);
      at += part.elements();
    }
    clear(buffer->span().subspan(at, buffer->size() - at), stream_);
    return std::move(*buffer);
  }
  DeviceBuffer<bf16> put(const TensorView& tensor) { return put(std::span(&tensor, 1)); }

  const Result<void>& result() const { return result_; }

 private:
  Stream& stream_;
  Result<void> result_;
};

DeviceLayer put_layer(const LayerWeights& layer, Uploader& uploader) {
  const TensorView qkv[] = {layer.q, layer.k, layer.v};
  const TensorView qkv_bias[] = {layer.q_bias, layer.k_bias, layer.v_bias};
  const TensorView gate_up[] = {layer.gate, layer.up};
  DeviceLayer put;
  put.input_norm = uploader.put(layer.input_norm);
  put.qkv = uploader.put(qkv);
  put.qkv_bias = uploader.put(qkv_bias);
  put.q_norm = uploader.put(layer.q_norm);
  put.k_norm = uploader.put(layer.k_norm);
  put.o = uploader.put(layer.o);
  put.post_norm = uploader.put(layer.post_norm);
  put.gate_up = uploader.put(gate_up);
  put.down = uploader.put(layer.down);
  return put;
}

Result<void> check_sizes(const ModelConfig& config) {
  const std::pair<const char*, int> sizes[] = {{"hidden_size", config.hidden_size},
                                               {"intermediate_size", config.intermediate_size}};
  for (const auto& [name, size] : sizes) {
    if (size % kMultiple == 0) continue;
    return Error(ErrorCode::unavailable, std::string("the CUDA device takes multiples of 8 as ") +
                                             name + ", not " + std::to_string(size));
  }
  if (!attention_takes(config.heads, {config.kv_heads, config.head_dim})) {
    return Error(
        ErrorCode::unavailable,
        "the CUDA device takes heads of 32, 64, 96 or 128 elements, up to 16 of them for a "
        "key-value head; the model has " +
            std::to_string(config.heads) + " of " + std::to_string(config.head_dim) + " for " +
            std::to_string(config.kv_heads));
  }
  return {};
}

}  // namespace

Result<DeviceModel> upload_model(const Checkpoint& checkpoint, Stream& stream) {
  const ModelConfig& config = checkpoint.config();
  if (Result<void> taken = check_sizes(config); !taken) return taken.error();
  const Weights& weights = checkpoint.weights();
  Uploader uploader(stream);
  DeviceModel model;
  model.config = config;
  model.embed = uploader.put(weights.embed);
  for (const LayerWeights& layer : weights.layers) {
    model.layers.push_back(put_layer(layer, uploader));
  }
  model.final_norm = uploader.put(weights.final_norm);
  model.logit_stride = (config.vocab_size + kMultiple - 1) / kMultiple * kMultiple;
  if (!config.tied_embeddings || model.logit_stride != config.vocab_size) {
    model.head = uploader.put(std::span(&weights.lm_head, 1),
                              static_cast<std::size_t>(model.logit_stride) *
                                  static_cast<std::size_t>(config.hidden_size));
  }
  if (!uploader.result()) return uploader.result().error();
  if (Result<void> copied = stream.wait(); !copied) return copied.error();
  return model;
}

}  // namespace proctor::engine::cuda
