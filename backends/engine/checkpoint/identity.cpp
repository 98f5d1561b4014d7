#include "backends/engine/checkpoint/identity.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "harness/core/sha256.h"

namespace proctor::engine {
namespace {

constexpr std::size_t kReadWhole = std::size_t{64} << 20;
constexpr std::size_t kBlock = 4096;
constexpr std::size_t kBlocks = 16;

std::string exactly(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

// One line that names every field, so that no two configurations share it.
std::string describe(const ModelConfig& config) {
  std::string line = "proctor model 1";
  const auto add = [&](std::int64_t value) { line += ' ' + std::to_string(value); };
  const auto add_real = [&](double value) { line += ' ' + exactly(value); };
  add(static_cast<int>(config.architecture));
  for (const int size : {config.vocab_size, config.hidden_size, config.layers, config.heads,
                         config.kv_heads, config.head_dim, config.intermediate_size}) {
    add(size);
  }
  add(config.max_context);
  add_real(config.rms_norm_eps);
  add_real(config.rope_theta);
  add(config.rope_scaling.has_value());
  const Llama3Scaling scaling = config.rope_scaling.value_or(Llama3Scaling{});
  add_real(scaling.factor);
  add_real(scaling.low_freq_factor);
  add_real(scaling.high_freq_factor);
  add(scaling.original_context);
  add(config.tied_embeddings);
  add(config.qkv_bias);
  add(config.qk_norm);
  return line + '\n';
}

// Tells the kernel how the whole pages of a tensor will be read. Where it does not listen, nothing
// but time is lost. Reading ahead around each block would read most of the file: 35 s for 15 GB.
void advise(std::string_view bytes, int advice) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = (start + page - 1) / page * page;
  const std::uintptr_t end = (start + bytes.size()) / page * page;
  if (first < end) ::posix_madvise(reinterpret_cast<void*>(first), end - first, advice);
}

void add_sample(std::string_view bytes, Sha256& hash) {
  if (bytes.size() <= kBlock * kBlocks) {
    hash.update(bytes);
    return;
  }
  advise(bytes, POSIX_MADV_RANDOM);
  const std::size_t last = bytes.size() - kBlock;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    hash.update(
        bytes.substr(last / (kBlocks - 1) * i + last % (kBlocks - 1) * i / (kBlocks - 1), kBlock));
  }
  advise(bytes, POSIX_MADV_NORMAL);
}

}  // namespace

std::string identity_of(const ModelConfig& config, const TensorMap& tensors) {
  std::size_t total = 0;
  for (const auto& [name, view] : tensors) total += view.data.size();
  Sha256 hash;
  hash.update(describe(config));
  for (const auto& [name, view] : tensors) {
    const std::string_view bytes(reinterpret_cast<const char*>(view.data.data()), view.data.size());
    hash.update(std::to_string(name.size()) + ' ' + name + ' ' + std::string(name_of(view.dtype)) +
                ' ' + format_shape(view.shape) + '\n');
    if (total <= kReadWhole) {
      hash.update(bytes);
    } else {
      add_sample(bytes, hash);
    }
  }
  return hex(hash.finish());
}

}  // namespace proctor::engine
