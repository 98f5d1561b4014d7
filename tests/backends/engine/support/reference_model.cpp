#include "tests/backends/engine/support/reference_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/core/check.h"

namespace proctor::engine::support {
namespace {

Table widen(const TensorView& tensor) {
  if (!tensor.present()) return {};
  std::vector<float> exact(tensor.elements());
  tensor.widen(0, exact);
  return {static_cast<std::size_t>(tensor.shape.back()), {exact.begin(), exact.end()}};
}

Row times(const Table& matrix, std::span<const double> x) {
  check(matrix.columns == x.size());
  Row product(matrix.rows());
  for (std::size_t i = 0; i < product.size(); ++i) {
    const std::span<const double> row = matrix.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) product[i] += row[j] * x[j];
  }
  return product;
}

void add(std::span<double> to, std::span<const double> what) {
  check(to.size() == what.size());
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

// RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467), with eps inside the root.
void normalise(std::span<double> x, std::span<const double> weight, double eps) {
  check(x.size() == weight.size());
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= scale * weight[i];
}

void softmax(Row& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - largest);
  for (double& score : scores) score /= sum;
}

double silu(double x) { return x / (1 + std::exp(-x)); }

ModelConfig with_fault(ModelConfig config, Fault fault) {
  if (fault == Fault::rope_theta) config.rope_theta *= 100;
  if (fault == Fault::rms_norm_eps) config.rms_norm_eps *= 10;
  if (fault == Fault::no_llama3_scaling) config.rope_scaling.reset();
  return config;
}

}  // namespace

std::vector<double> rotary_frequencies(const ModelConfig& config) {
  std::vector<double> frequencies;
  for (int i = 0; i < config.head_dim / 2; ++i) {
    double frequency = std::pow(config.rope_theta, -2.0 * i / config.head_dim);
    if (config.rope_scaling) {
      const Llama3Scaling& scaling = *config.rope_scaling;
      // How often the pair turns in the original context: many turns stay, few are stretched.
      const double turns = scaling.original_context * frequency / (2 * std::numbers::pi);
      const double kept = std::clamp(
          (turns - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor),
          0.0, 1.0);
      frequency *= kept + (1 - kept) / scaling.factor;
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

LogitError error_of(std::span<const Row> logits, std::span<const Row> truth) {
  check(logits.size() == truth.size());
  LogitError error;
  std::size_t count = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    check(logits[i].size() == truth[i].size());
    for (std::size_t j = 0; j < truth[i].size(); ++j) {
      const double difference = std::fabs(logits[i][j] - truth[i][j]);
      if (std::isnan(difference) || difference > error.largest) error.largest = difference;
      error.mean += difference;
      ++count;
    }
  }
  error.mean /= static_cast<double>(std::max<std::size_t>(count, 1));
  return error;
}

ReferenceModel::ReferenceModel(const Checkpoint& checkpoint, Fault fault)
    : config_(with_fault(checkpoint.config(), fault)),
      fault_(fault),
      frequencies_(rotary_frequencies(config_)) {
  check(fault == Fault::none || applies(fault, checkpoint.config()));
  const Weights& weights = checkpoint.weights();
  embed_ = widen(weights.embed);
  final_norm_ = widen(weights.final_norm);
  lm_head_ = widen(fault == Fault::head_is_embedding ? weights.embed : weights.lm_head);
  for (const LayerWeights& from : weights.layers) {
    Layer layer{.input_norm = widen(from.input_norm),
                .q = widen(from.q),
                .k = widen(from.k),
                .v = widen(from.v),
                .q_bias = widen(from.q_bias),
                .k_bias = widen(from.k_bias),
                .v_bias = widen(from.v_bias),
                .q_norm = widen(from.q_norm),
                .k_norm = widen(from.k_norm),
                .o = widen(from.o),
                .post_norm = widen(from.post_norm),
                .gate = widen(from.gate),
                .up = widen(from.up),
                .down = widen(from.down)};
    if (fault == Fault::no_q_bias) layer.q_bias = {};
    if (fault == Fault::no_k_bias) layer.k_bias = {};
    if (fault == Fault::no_v_bias) layer.v_bias = {};
    if (fault == Fault::no_qk_norm) layer.q_norm = layer.k_norm = {};
    layers_.push_back(std::move(layer));
  }
}

std::vector<Row> ReferenceModel::logits(std::span<const std::int32_t> ids) const {
  std::vector<Row> stream;  // the residual stream of each token
  for (const std::int32_t id : ids) {
    check(id >= 0 && id < config_.vocab_size);
    const std::span<const double> row = embed_.row(static_cast<std::size_t>(id));
    stream.emplace_back(row.begin(), row.end());
  }
  for (const Layer& layer : layers_) {
    attend(layer, stream);
    feed_forward(layer, stream);
  }
  for (Row& x : stream) {
    normalise(x, final_norm_.values, config_.rms_norm_eps);
    x = times(lm_head_, x);
  }
  return stream;
}

void ReferenceModel::attend(const Layer& layer, std::vector<Row>& stream) const {
  const auto head_dim = static_cast<std::size_t>(config_.head_dim);
  std::vector<Row> queries;
  std::vector<Row> keys;
  std::vector<Row> values;
  for (std::size_t token = 0; token < stream.size(); ++token) {
    Row x = stream[token];
    normalise(x, layer.input_norm.values, config_.rms_norm_eps);
    const double position = position_of(token, stream.size());
    queries.push_back(projected(layer.q, layer.q_bias, layer.q_norm, x, config_.heads, position));
    keys.push_back(projected(layer.k, layer.k_bias, layer.k_norm, x, config_.kv_heads, position));
    values.push_back(times(layer.v, x));
    if (layer.v_bias.rows() != 0) add(values.back(), layer.v_bias.values);
  }
  for (std::size_t token = 0; token < stream.size(); ++token) {
    Row mixed;
    for (std::size_t head = 0; head < static_cast<std::size_t>(config_.heads); ++head) {
      const auto query = std::span<const double>(queries[token]).subspan(head * head_dim, head_dim);
      const Row part = mix(query, keys, values, kv_head_of(head), token);
      mixed.insert(mixed.end(), part.begin(), part.end());
    }
    add(stream[token], times(layer.o, mixed));
  }
}

// A query or key: the product, its bias, the norm of each head, the rotation of each head.
Row ReferenceModel::projected(const Table& matrix, const Table& bias, const Table& head_norm,
                              const Row& input, int heads, double position) const {
  const auto head_dim = static_cast<std::size_t>(config_.head_dim);
  Row row = times(matrix, input);
  if (bias.rows() != 0) add(row, bias.values);
  for (std::size_t head = 0; head < static_cast<std::size_t>(heads); ++head) {
    const auto part = std::span(row).subspan(head * head_dim, head_dim);
    if (head_norm.rows() != 0) normalise(part, head_norm.values, config_.rms_norm_eps);
    rotate(part, position);
  }
  return row;
}

// One head's output at a token: the values it sees, weighted by softmax(q k / sqrt(head_dim)).
Row ReferenceModel::mix(std::span<const double> query, const std::vector<Row>& keys,
                        const std::vector<Row>& values, std::size_t kv_head,
                        std::size_t token) const {
  const std::size_t from = kv_head * query.size();
  std::vector<std::size_t> seen;
  Row weights;
  for (std::size_t other = 0; other < keys.size(); ++other) {
    if (!sees(token, other)) continue;
    double score = 0;
    for (std::size_t i = 0; i < query.size(); ++i) score += query[i] * keys[other][from + i];
    seen.push_back(other);
    weights.push_back(score / std::sqrt(static_cast<double>(query.size())));
  }
  softmax(weights);
  Row mixed(query.size());
  for (std::size_t n = 0; n < seen.size(); ++n) {
    for (std::size_t i = 0; i < mixed.size(); ++i)
      mixed[i] += weights[n] * values[seen[n]][from + i];
  }
  return mixed;
}

void ReferenceModel::feed_forward(const Layer& layer, std::vector<Row>& stream) const {
  for (Row& x : stream) {
    Row normed = x;
    normalise(normed, layer.post_norm.values, config_.rms_norm_eps);
    Row gated = times(layer.gate, normed);
    const Row up = times(layer.up, normed);
    for (std::size_t i = 0; i < gated.size(); ++i) gated[i] = silu(gated[i]) * up[i];
    add(x, times(layer.down, gated));
  }
}

// Turns the pair of i and i + head_dim / 2 by its angle ("rotate half").
void ReferenceModel::rotate(std::span<double> head, double position) const {
  const bool interleaved = fault_ == Fault::interleaved_rotary;
  const std::size_t half = head.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    double& first = head[interleaved ? 2 * i : i];
    double& second = head[interleaved ? 2 * i + 1 : i + half];
    const double cosine = std::cos(position * frequencies_[i]);
    const double sine = std::sin(position * frequencies_[i]);
    const double turned = first * cosine - second * sine;
    second = second * cosine + first * sine;
    first = turned;
  }
}

std::size_t ReferenceModel::kv_head_of(std::size_t head) const {
  const auto kv_heads = static_cast<std::size_t>(config_.kv_heads);
  if (fault_ == Fault::strided_kv_heads) return head % kv_heads;
  const std::size_t kv_head = head / (static_cast<std::size_t>(config_.heads) / kv_heads);
  return fault_ == Fault::next_kv_head ? (kv_head + 1) % kv_heads : kv_head;
}

bool ReferenceModel::sees(std::size_t token, std::size_t earlier) const {
  constexpr std::size_t kPage = 16;
  if (fault_ == Fault::seen_future) return true;
  if (fault_ == Fault::lost_page && token >= kPage) {
    const std::size_t page = token / kPage;  // being filled; the one before is the last whole one
    if (earlier / kPage == page - 1) return false;
  }
  return earlier <= token;
}

double ReferenceModel::position_of(std::size_t token, std::size_t tokens) const {
  const bool slipped = fault_ == Fault::slipped_position && token >= tokens / 2;
  return static_cast<double>(token) + (slipped ? 1 : 0);
}

}  // namespace proctor::engine::support
