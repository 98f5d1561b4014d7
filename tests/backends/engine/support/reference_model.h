// What the logits of a checkpoint are: the forward pass in plain scalar double precision, slow and
// written to be read. Every device is compared with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "tests/backends/engine/support/fault.h"

namespace proctor::engine::support {

using Row = std::vector<double>;

// Row-major; a matrix, or a vector of one row.
struct Table {
  std::size_t columns = 0;
  std::vector<double> values;

  std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * columns, columns);
  }
  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

// The weights in double: 4 times the size of a bf16 checkpoint. const methods are thread-safe.
class ReferenceModel {
 public:
  // Widens the weights exactly; does not keep the checkpoint.
  explicit ReferenceModel(const Checkpoint& checkpoint, Fault fault = Fault::none);

  // The logits after each token, [ids.size()][vocab_size], of one sequence that begins at position
  // 0. Time grows with the square of the length. Every id must be in the vocabulary.
  std::vector<Row> logits(std::span<const std::int32_t> ids) const;

 private:
  struct Layer {
    Table input_norm, q, k, v, q_bias, k_bias, v_bias, q_norm, k_norm, o;
    Table post_norm, gate, up, down;
  };

  void attend(const Layer& layer, std::vector<Row>& stream) const;
  void feed_forward(const Layer& layer, std::vector<Row>& stream) const;
  Row projected(const Table& matrix, const Table& bias, const Table& head_norm, const Row& input,
                int heads, double position) const;
  Row mix(std::span<const double> query, const std::vector<Row>& keys,
          const std::vector<Row>& values, std::size_t kv_head, std::size_t token) const;
  void rotate(std::span<double> head, double position) const;
  std::size_t kv_head_of(std::size_t head) const;
  bool sees(std::size_t token, std::size_t earlier) const;
  double position_of(std::size_t token, std::size_t tokens) const;

  ModelConfig config_;
  Fault fault_;
  std::vector<double> frequencies_;  // radians per position, of each pair of a head
  Table embed_, final_norm_, lm_head_;
  std::vector<Layer> layers_;
};

// How far logits are from the true ones, over all positions and tokens.
struct LogitError {
  double largest = 0;
  double mean = 0;
};

// Both must have the same shape. A NaN among the logits is the largest error.
LogitError error_of(std::span<const Row> logits, std::span<const Row> truth);

// What a device may be off by on a synthetic checkpoint (logits with a standard deviation of 3.5).
// In fp32: ten times what transformers in fp32 is off by (tests/peers/compare_logits.py). In bf16:
// about twice the mean error of transformers in bf16, 0.03.
constexpr double kLargestF32Error = 5e-4;
constexpr double kMeanBf16Error = 0.06;

// The angle per position, in radians, of each pair of a head: theta^(-2i/head_dim) (Su et al. 2021,
// arXiv:2104.09864), stretched as Llama 3 does where the configuration says so.
std::vector<double> rotary_frequencies(const ModelConfig& config);

}  // namespace proctor::engine::support
