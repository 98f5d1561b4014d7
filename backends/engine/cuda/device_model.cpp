#include "backends/engine/cuda/device_model.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "backends/engine/checkpoint/kv_scales.h"
#include "backends/engine/cuda/kernels/attention.h"
#include "backends/engine/cuda/kernels/round_rows.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kMultiple = 8;  // elements that the kernels read at a time

// Elements that are rounded at a time on their way.
constexpr std::size_t kRoundedElements = std::size_t{1} << 20;

// As many elements as fit into `to`, from the tensor's element `start` on.
void copy_rounded(DeviceSpan<bf16> to, const TensorView& from, std::size_t start, Stream& stream) {
  std::vector<float> wide(std::min(kRoundedElements, to.size()));
  std::vector<bf16> narrow(wide.size());
  for (std::size_t first = 0; first < to.size(); first += wide.size()) {
    const std::size_t count = std::min(wide.size(), to.size() - first);
    from.widen(start + first, std::span(wide).first(count));
    std::ranges::transform(std::span(wide).first(count), narrow.begin(), rounded_to_bf16);
    copy_to_device(to.subspan(first, count), std::span<const bf16>(narrow).first(count), stream);
  }
}

void copy_elements(DeviceSpan<bf16> to, const TensorView& from, std::size_t start, Stream& stream) {
  if (from.dtype != DType::bf16) return copy_rounded(to, from, start, stream);
  const auto* elements = reinterpret_cast<const bf16*>(from.data.data());
  copy_to_device(to, std::span(elements, from.elements()).subspan(start, to.size()), stream);
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
      copy_elements(buffer->span().subspan(at, part.elements()), part, 0, stream_);
      at += part.elements();
    }
    clear(buffer->span().subspan(at, buffer->size() - at), stream_);
    return std::move(*buffer);
  }
  DeviceBuffer<bf16> put(const TensorView& tensor) { return put(std::span(&tensor, 1)); }

  // After a failure nothing.
  DeviceBuffer<float> put(const std::vector<float>& values) {
    if (!result_) return {};
    Result<DeviceBuffer<float>> buffer = DeviceBuffer<float>::make(values.size());
    if (!buffer) {
      result_ = buffer.error().within("weights");
      return {};
    }
    copy_to_device(buffer->span(), std::span<const float>(values), stream_);
    return std::move(*buffer);
  }

  DeviceMatrix put_matrix(std::span<const TensorView> parts, Precision precision) {
    DeviceMatrix matrix;
    if (precision == Precision::full) {
      matrix.wide = put(parts);
    } else {
      put_rounded(parts, matrix);
    }
    return matrix;
  }
  DeviceMatrix put_matrix(const TensorView& tensor, Precision precision) {
    return put_matrix(std::span(&tensor, 1), precision);
  }

  const Result<void>& result() const { return result_; }

 private:
  template <class T>
  void make(DeviceBuffer<T>& buffer, std::size_t size) {
    if (!result_ || buffer.size() >= size) return;
    Result<DeviceBuffer<T>> made = DeviceBuffer<T>::make(size);
    if (made) {
      buffer = std::move(*made);
    } else {
      result_ = made.error().within("weights");
    }
  }

  // By way of a buffer in bf16, some rows at a time: the whole matrix need not fit twice.
  void put_rounded(std::span<const TensorView> parts, DeviceMatrix& matrix) {
    std::size_t elements = 0;
    for (const TensorView& part : parts) elements += part.elements();
    const auto depth = static_cast<std::size_t>(parts.front().shape.at(1));
    const std::size_t piece = std::max(kRoundedElements / depth, std::size_t{1}) * depth;
    make(matrix.narrow, elements);
    make(matrix.scales, elements / depth);
    make(staging_, piece);
    std::size_t at = 0;
    for (const TensorView& part : parts) {
      for (std::size_t first = 0; first < part.elements() && result_; first += piece) {
        const std::size_t count = std::min(piece, part.elements() - first);
        const DeviceSpan<bf16> wide = staging_.span().first(count);
        copy_elements(wide, part, first, stream_);
        round_rows(matrix.narrow.span().subspan(at, count),
                   matrix.scales.span().subspan(at / depth, count / depth), wide,
                   static_cast<int>(depth), stream_);
        at += count;
      }
    }
  }

  Stream& stream_;
  DeviceBuffer<bf16> staging_;
  Result<void> result_;
};

DeviceLayer put_layer(const LayerWeights& layer, Precision precision, Uploader& uploader) {
  const TensorView qkv[] = {layer.q, layer.k, layer.v};
  const TensorView qkv_bias[] = {layer.q_bias, layer.k_bias, layer.v_bias};
  const TensorView gate_up[] = {layer.gate, layer.up};
  DeviceLayer put;
  put.input_norm = uploader.put(layer.input_norm);
  put.qkv = uploader.put_matrix(qkv, precision);
  put.qkv_bias = uploader.put(qkv_bias);
  put.q_norm = uploader.put(layer.q_norm);
  put.k_norm = uploader.put(layer.k_norm);
  put.o = uploader.put_matrix(layer.o, precision);
  put.post_norm = uploader.put(layer.post_norm);
  put.gate_up = uploader.put_matrix(gate_up, precision);
  put.down = uploader.put_matrix(layer.down, precision);
  return put;
}

Result<void> check_sizes(const ModelConfig& config, Precision weights) {
  const std::pair<const char*, int> sizes[] = {{"hidden_size", config.hidden_size},
                                               {"intermediate_size", config.intermediate_size},
                                               {"heads * head_dim", config.q_size()}};
  const int multiple = weights == Precision::full ? kMultiple : kGroupDepth;
  for (const auto& [name, size] : sizes) {
    if (size % multiple == 0) continue;
    return Error(ErrorCode::unavailable,
                 "the CUDA device takes multiples of " + std::to_string(multiple) +
                     (weights == Precision::full ? "" : " for weights in fp8") + " as " + name +
                     ", not " + std::to_string(size));
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

Result<DeviceModel> upload_model(const Checkpoint& checkpoint, const ModelPrecision& precision,
                                 Stream& stream) {
  const ModelConfig& config = checkpoint.config();
  if (Result<void> taken = check_sizes(config, precision.weights); !taken) return taken.error();
  const Weights& weights = checkpoint.weights();
  Result<std::vector<KvScales>> scales = std::vector<KvScales>();
  if (precision.kv_cache == Precision::fp8) scales = kv_scales(config, weights);
  if (!scales) return scales.error();
  Uploader uploader(stream);
  DeviceModel model;
  model.config = config;
  model.kv_cache = precision.kv_cache;
  model.weights = precision.weights;
  model.embed = uploader.put(weights.embed);
  for (const LayerWeights& layer : weights.layers) {
    model.layers.push_back(put_layer(layer, precision.weights, uploader));
  }
  for (std::size_t layer = 0; layer < scales->size(); ++layer) {
    model.layers[layer].key_scales = uploader.put((*scales)[layer].keys);
    model.layers[layer].value_scales = uploader.put((*scales)[layer].values);
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
