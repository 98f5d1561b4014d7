// Checkpoints with real structure and made-up weights: any shape, nothing to download.
//
// Each weight is a function of (seed, tensor name, element index), so that C++, Python
// (tests/peers/synthetic_model.py) and a GPU kernel can make the same bytes without talking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/engine/checkpoint/tensor.h"
#include "backends/engine/model_config.h"

namespace proctor::engine::support {

struct SyntheticModel {
  ModelConfig config;
  std::uint64_t seed = 1;
  DType dtype = DType::bf16;
  int shards = 1;    // more than one: shards and an index instead of one file
  bool ends = true;  // false: no token ends a reply
};

// Two layers, 320 tokens, width 64; with the traits of the architecture: Qwen2 has biases, Qwen3
// head norms and heads wider than hidden / heads, Llama scaled rotary frequencies whose original
// context of 64 tokens makes the scaling matter in a short test.
ModelConfig small_config(Architecture architecture);

// A nearly normal deviate (mean 0, variance 1, at most 3.47 off): the sum of the four 16-bit
// quarters of 64 mixed bits, exact in double. Mixer: SplitMix64 (Steele, Lea and Flood, OOPSLA
// 2014); names are hashed by 64-bit FNV-1a.
double synthetic_deviate(std::uint64_t seed, std::string_view tensor, std::uint64_t index);

// A tensor of such a model; its elements are center + spread * deviate.
struct SyntheticTensor {
  std::vector<std::int64_t> shape{};
  double center = 0;
  double spread = 0;

  std::int64_t elements() const;
};

// Those of a model, by name. They are scaled so that the residual stream neither dies nor explodes
// and logits have a standard deviation of about 3.5: with flat logits every margin would be a tie.
std::map<std::string, SyntheticTensor> synthetic_tensors(const ModelConfig& config);

// A file in memory.
struct SyntheticFile {
  std::unique_ptr<std::byte[]> memory{};
  std::size_t size = 0;

  std::span<const std::byte> bytes() const { return {memory.get(), size}; }
};

// The safetensors file of these tensors. Made by all processors: 15 GB take seconds on sixteen.
SyntheticFile synthetic_weights(const std::map<std::string, SyntheticTensor>& tensors,
                                const SyntheticModel& model);
// The text of config.json.
std::string synthetic_config(const SyntheticModel& model);

// Writes config.json, generation_config.json and the weights into the folder.
void write_synthetic(const std::filesystem::path& folder, const SyntheticModel& model);

}  // namespace proctor::engine::support
