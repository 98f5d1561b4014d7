#include "backends/engine/cpu/forward.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace proctor::engine::cpu {
namespace {

// A multiple of the kernels' six rows: what one task multiplies with a panel.
constexpr std::size_t kRowsPerTask = 24;
// Logits of so many rows are computed at a time: with 152k entries each they are 39 MB.
constexpr std::size_t kLogitRows = 64;
// Multiply-adds below which waking another thread costs more than it saves.
constexpr std::size_t kWorthWaking = 400'000;

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::size_t parts(std::size_t whole, std::size_t part) { return (whole + part - 1) / part; }

}  // namespace

void StageRunner::run(std::size_t count, std::size_t work, const ThreadPool::Task& task) const {
  if (pool_ != nullptr && work >= kWorthWaking) return pool_->run(count, task);
  for (std::size_t i = 0; i < count; ++i) task(i, 0);
}

Forward::Forward(const PackedModel& model, const RotaryTable& rotary, KvCache& cache,
                 const Kernels& kernels, StageRunner runner)
    : model_(model),
      rotary_(rotary),
      cache_(cache),
      kernels_(kernels),
      runner_(runner),
      hidden_(size(model.config.hidden_size)),
      qkv_stride_(padded(size(model.config.q_size() + 2 * model.config.kv_size()))),
      scratch_(size(runner.threads())),
      samplers_(size(runner.threads()), Sampler(kernels.weigh_logits)) {}

bool Forward::run(std::span<const SequenceSlice> slices, std::span<const std::size_t> chosen,
                  std::span<SampledToken> sampled) {
  std::vector<const SequenceSlice*> mine;
  rows_ = 0;
  for (const std::size_t i : chosen) {
    mine.push_back(&slices[i]);
    rows_ += slices[i].tokens.size();
  }
  normed_.resize(rows_ * hidden_);
  qkv_.resize(rows_ * qkv_stride_);
  attended_.resize(rows_ * size(model_.config.q_size()));
  embed(mine);
  const std::vector<AttentionTask> tasks = attention_tasks(mine, model_.config);
  for (std::size_t layer = 0; layer < model_.layers.size(); ++layer) {
    attention_block(layer, mine, tasks);
    feed_forward_block(model_.layers[layer]);
  }
  return sample(slices, chosen, sampled);
}

void Forward::embed(std::span<const SequenceSlice* const> slices) {
  residual_.resize(rows_ * hidden_);
  float* row = residual_.data();
  for (const SequenceSlice* slice : slices) {
    for (const std::int32_t token : slice->tokens) {
      model_.embed.widen(size(token) * hidden_, {row, hidden_});
      row += hidden_;
    }
  }
}

void Forward::attention_block(std::size_t layer, std::span<const SequenceSlice* const> slices,
                              std::span<const AttentionTask> tasks) {
  const PackedLayer& weights = model_.layers[layer];
  normalise(weights.input_norm);
  for (std::size_t row = 0; row < rows_; ++row) {
    float* out = qkv_.data() + row * qkv_stride_;
    std::fill(std::copy(weights.qkv_bias.begin(), weights.qkv_bias.end(), out), out + qkv_stride_,
              0.0F);
  }
  multiply(weights.qkv, normed_.data(), hidden_, rows_, qkv_.data(), qkv_stride_);
  rotate_and_store(layer, slices);

  std::size_t work = 0;
  for (const AttentionTask& task : tasks)
    work += task.rows * (size(task.slice->start) + task.first);
  work *= 2 * size(model_.config.head_dim) * size(model_.config.heads / model_.config.kv_heads);
  runner_.run(tasks.size(), work, [&](std::size_t i, int thread) {
    attend(tasks[i], model_.config, kernels_, cache_, layer, qkv_.data(), qkv_stride_,
           attended_.data(), scratch_[size(thread)]);
  });
  const std::size_t width = size(model_.config.q_size());
  multiply(weights.o, attended_.data(), width, rows_, residual_.data(), hidden_);
}

void Forward::rotate_and_store(std::size_t layer, std::span<const SequenceSlice* const> slices) {
  const ModelConfig& config = model_.config;
  const PackedLayer& weights = model_.layers[layer];
  const std::size_t width = size(config.head_dim);
  const std::size_t heads = size(config.heads);
  const std::size_t kv_heads = size(config.kv_heads);
  const float eps = static_cast<float>(config.rms_norm_eps);
  float* row = qkv_.data();
  for (const SequenceSlice* slice : slices) {
    for (std::size_t i = 0; i < slice->tokens.size(); ++i, row += qkv_stride_) {
      const std::size_t position = size(slice->start) + i;
      for (std::size_t head = 0; head < heads + kv_heads; ++head) {
        float* values = row + head * width;
        const std::vector<float>& norm = head < heads ? weights.q_norm : weights.k_norm;
        if (!norm.empty()) kernels_.rms_norm(values, norm.data(), width, eps, values);
        rotary_.rotate(values, position);
      }
      const float* keys = row + heads * width;
      const std::size_t page = size(slice->pages[position / kPageSize]);
      for (std::size_t head = 0; head < kv_heads; ++head) {
        cache_.append(layer, page, head, position % kPageSize, keys + head * width,
                      keys + (kv_heads + head) * width);
      }
    }
  }
}

void Forward::feed_forward_block(const PackedLayer& layer) {
  normalise(layer.post_norm);
  const std::size_t width = layer.gate.outputs();
  gate_.assign(rows_ * width, 0.0F);
  up_.assign(rows_ * width, 0.0F);
  const std::size_t blocks = parts(rows_, kRowsPerTask);
  // Gate and up of the same columns in one task, which then holds all that their product needs.
  runner_.run(blocks * layer.gate.panels(), rows_ * width * hidden_ * 2, [&](std::size_t i, int) {
    const std::size_t panel = i / blocks;
    const std::size_t first = i % blocks * kRowsPerTask;
    const std::size_t rows = std::min(kRowsPerTask, rows_ - first);
    const float* x = normed_.data() + first * hidden_;
    float* gate = gate_.data() + first * width;
    float* up = up_.data() + first * width;
    layer.gate.multiply_panel(kernels_, panel, x, hidden_, rows, gate, width);
    layer.up.multiply_panel(kernels_, panel, x, hidden_, rows, up, width);
    const std::size_t column = panel * kPanel;
    const std::size_t columns = std::min(kPanel, width - column);
    for (std::size_t row = 0; row < rows; ++row) {
      kernels_.silu_multiply(gate + row * width + column, up + row * width + column, columns);
    }
  });
  multiply(layer.down, gate_.data(), width, rows_, residual_.data(), hidden_);
}

void Forward::normalise(const std::vector<float>& weight) {
  const float eps = static_cast<float>(model_.config.rms_norm_eps);
  for (std::size_t row = 0; row < rows_; ++row) {
    kernels_.rms_norm(residual_.data() + row * hidden_, weight.data(), hidden_, eps,
                      normed_.data() + row * hidden_);
  }
}

void Forward::multiply(const PackedMatrix& matrix, const float* x, std::size_t x_stride,
                       std::size_t rows, float* out, std::size_t out_stride) const {
  const std::size_t blocks = parts(rows, kRowsPerTask);
  const std::size_t work = rows * matrix.outputs() * matrix.inputs();
  runner_.run(blocks * matrix.panels(), work, [&](std::size_t i, int) {
    const std::size_t first = i % blocks * kRowsPerTask;
    matrix.multiply_panel(kernels_, i / blocks, x + first * x_stride, x_stride,
                          std::min(kRowsPerTask, rows - first), out + first * out_stride,
                          out_stride);
  });
}

bool Forward::sample(std::span<const SequenceSlice> slices, std::span<const std::size_t> chosen,
                     std::span<SampledToken> sampled) {
  // Where the last token of each slice that wants logits lies.
  std::vector<std::pair<std::size_t, std::size_t>> wanted;  // slice, row
  std::size_t row = 0;
  for (const std::size_t i : chosen) {
    row += slices[i].tokens.size();
    if (slices[i].sample || !slices[i].logits.empty()) wanted.emplace_back(i, row - 1);
  }
  const std::size_t vocabulary = size(model_.config.vocab_size);
  const std::size_t stride = padded(vocabulary);
  const float eps = static_cast<float>(model_.config.rms_norm_eps);
  std::atomic<bool> numbers = true;
  for (std::size_t first = 0; first < wanted.size(); first += kLogitRows) {
    const auto block =
        std::span(wanted).subspan(first, std::min(kLogitRows, wanted.size() - first));
    for (std::size_t i = 0; i < block.size(); ++i) {
      kernels_.rms_norm(residual_.data() + block[i].second * hidden_, model_.final_norm.data(),
                        hidden_, eps, normed_.data() + i * hidden_);
    }
    logits_.assign(block.size() * stride, 0.0F);
    multiply(model_.lm_head, normed_.data(), hidden_, block.size(), logits_.data(), stride);
    runner_.run(block.size(), block.size() * vocabulary * 8, [&](std::size_t i, int thread) {
      const SequenceSlice& slice = slices[block[i].first];
      const std::span<const float> logits(logits_.data() + i * stride, vocabulary);
      if (!slice.logits.empty()) std::ranges::copy(logits, slice.logits.begin());
      if (!slice.sample) return;
      const std::size_t position = size(slice.start) + slice.tokens.size();
      SampledToken& token = sampled[block[i].first];
      token = samplers_[size(thread)].draw(logits, slice.sampling, slice.seed, position);
      if (!std::isfinite(logits[size(token.id)])) numbers = false;
    });
  }
  return numbers;
}

}  // namespace proctor::engine::cpu
