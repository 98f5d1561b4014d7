#include "backends/engine/checkpoint/weights.h"

#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace proctor::engine {
namespace {

// Takes tensors one by one, remembers the first failure and which ones were never taken.
class Binder {
 public:
  explicit Binder(const TensorMap& tensors) : tensors_(tensors) {}

  bool has(const std::string& name) const { return tensors_.contains(name); }

  TensorView take(const std::string& name, std::vector<std::int64_t> shape) {
    taken_.insert(name);
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      fail(name, "missing, expected " + format_shape(shape));
      return {};
    }
    if (found->second.shape != shape) {
      fail(name,
           "expected " + format_shape(shape) + ", found " + format_shape(found->second.shape));
    }
    TensorView view = found->second;
    if (view.dtype == DType::e4m3 && view.shape == shape) view.scales = scales_of(name, view);
    return view;
  }

  TensorView take_if(bool wanted, const std::string& name, std::vector<std::int64_t> shape) {
    return wanted ? take(name, std::move(shape)) : TensorView{};
  }

  void fail(const std::string& name, const std::string& message) {
    if (failure_) return;
    failure_ = Error(ErrorCode::invalid_input, "tensor \"" + name + "\": " + message);
  }

  Result<void> finish() {
    for (const auto& [name, view] : tensors_) {
      const bool passed_over = std::string_view(name).ends_with(".self_attn.rotary_emb.inv_freq");
      if (!taken_.contains(name) && !passed_over) fail(name, "this model has no such tensor");
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  // Of a matrix in E4M3, and without any in their place once it has failed.
  BlockScales scales_of(const std::string& name, const TensorView& matrix) {
    if (matrix.shape.size() != 2) {
      fail(name, "expected a vector of 16 or 32 bits, found F8_E4M3");
      return {};
    }
    const std::int64_t rows = matrix.shape[0];
    const std::int64_t columns = matrix.shape[1];
    const auto blocks = [](std::int64_t size) { return (size + kScaleBlock - 1) / kScaleBlock; };
    const std::vector<std::int64_t> by_block = {blocks(rows), blocks(columns)};
    if (const auto found = tensors_.find(name + "_scale_inv"); found != tensors_.end()) {
      return taken_scales(*found, by_block, {{}, kScaleBlock, kScaleBlock});
    }
    const auto found = tensors_.find(name + "_scale");
    if (found == tensors_.end()) {
      fail(name, "in F8_E4M3, but there is neither " + name + "_scale_inv nor " + name + "_scale");
      return {};
    }
    if (found->second.elements() == 1)
      return taken_scales(*found, found->second.shape, {{}, rows, columns});
    return taken_scales(*found, {rows, 1}, {{}, 1, columns});
  }

  BlockScales taken_scales(const TensorMap::value_type& tensor,
                           const std::vector<std::int64_t>& shape, BlockScales scales) {
    const auto& [name, view] = tensor;
    taken_.insert(name);
    if (view.shape != shape) {
      fail(name, "expected " + format_shape(shape) + ", found " + format_shape(view.shape));
    } else if (view.dtype == DType::e4m3) {
      fail(name, "expected scales of 16 or 32 bits, found F8_E4M3");
    } else {
      scales.values.resize(view.elements());
      view.widen(0, scales.values);
    }
    return scales;
  }

  const TensorMap& tensors_;
  std::set<std::string, std::less<>> taken_;
  std::optional<Error> failure_;
};

LayerWeights bind_layer(const ModelConfig& config, int layer, Binder& binder) {
  const std::string base = "model.layers." + std::to_string(layer) + ".";
  const std::string attention = base + "self_attn.";
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t q_size = config.q_size();
  const std::int64_t kv_size = config.kv_size();
  const std::int64_t ffn = config.intermediate_size;
  LayerWeights weights;
  weights.input_norm = binder.take(base + "input_layernorm.weight", {hidden});
  weights.q = binder.take(attention + "q_proj.weight", {q_size, hidden});
  weights.k = binder.take(attention + "k_proj.weight", {kv_size, hidden});
  weights.v = binder.take(attention + "v_proj.weight", {kv_size, hidden});
  weights.q_bias = binder.take_if(config.qkv_bias, attention + "q_proj.bias", {q_size});
  weights.k_bias = binder.take_if(config.qkv_bias, attention + "k_proj.bias", {kv_size});
  weights.v_bias = binder.take_if(config.qkv_bias, attention + "v_proj.bias", {kv_size});
  weights.q_norm = binder.take_if(config.qk_norm, attention + "q_norm.weight", {config.head_dim});
  weights.k_norm = binder.take_if(config.qk_norm, attention + "k_norm.weight", {config.head_dim});
  weights.o = binder.take(attention + "o_proj.weight", {hidden, q_size});
  weights.post_norm = binder.take(base + "post_attention_layernorm.weight", {hidden});
  weights.gate = binder.take(base + "mlp.gate_proj.weight", {ffn, hidden});
  weights.up = binder.take(base + "mlp.up_proj.weight", {ffn, hidden});
  weights.down = binder.take(base + "mlp.down_proj.weight", {hidden, ffn});
  return weights;
}

bool same_bytes(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.data.size() == b.data.size() &&
         std::memcmp(a.data.data(), b.data.data(), a.data.size()) == 0;
}

}  // namespace

Result<Weights> bind_weights(const ModelConfig& config, const TensorMap& tensors) {
  const std::string head = "lm_head.weight";
  const std::vector<std::int64_t> table = {config.vocab_size, config.hidden_size};
  Binder binder(tensors);
  Weights weights;
  weights.embed = binder.take("model.embed_tokens.weight", table);
  for (int layer = 0; layer < config.layers; ++layer) {
    weights.layers.push_back(bind_layer(config, layer, binder));
  }
  weights.final_norm = binder.take("model.norm.weight", {config.hidden_size});
  if (!config.tied_embeddings || binder.has(head)) weights.lm_head = binder.take(head, table);
  if (Result<void> bound = binder.finish(); !bound) return bound.error();
  if (!config.tied_embeddings) return weights;
  // transformers 4 would use the embedding here and transformers 5 the other: ask, do not guess.
  if (weights.lm_head.present() && !same_bytes(weights.lm_head, weights.embed)) {
    binder.fail(head, "differs from the embedding although tie_word_embeddings is true");
    if (Result<void> same = binder.finish(); !same) return same.error();
  }
  weights.lm_head = weights.embed;
  return weights;
}

}  // namespace proctor::engine
