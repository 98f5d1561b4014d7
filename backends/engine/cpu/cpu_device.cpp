#include "backends/engine/cpu/cpu_device.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/engine/cpu/forward.h"
#include "backends/engine/cpu/kv_cache.h"
#include "backends/engine/cpu/packed_model.h"
#include "backends/engine/cpu/rotary.h"
#include "backends/engine/cpu/thread_pool.h"

namespace proctor::engine::cpu {
namespace {

// Weights that stay in a core's own cache and its share of the common one: every thread may then
// read them all, and the threads need not meet within a step.
constexpr std::size_t kSmallWeights = std::size_t{24} << 20;

int usable_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

// In pages.
std::size_t reasonable_cache(const ModelConfig& config, int sequences) {
  const std::size_t memory = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                             static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t context = static_cast<std::size_t>(config.max_context) / kPageSize + 1;
  return std::min(memory / 4 / KvCache::page_bytes(config),
                  static_cast<std::size_t>(sequences) * context);
}

class CpuDevice : public Device {
 public:
  CpuDevice(PackedModel model, KvCache cache, const CpuOptions& options)
      : model_(std::move(model)),
        cache_(std::move(cache)),
        rotary_(model_.config, std::min(static_cast<std::size_t>(model_.config.max_context),
                                        cache_.pages() * kPageSize)),
        kernels_(options.kernels != nullptr ? *options.kernels : best_kernels()),
        max_step_tokens_(options.max_step_tokens),
        pool_(options.threads > 0 ? options.threads : usable_processors()),
        together_(model_, rotary_, cache_, kernels_, StageRunner(&pool_)) {
    for (int i = 0; i < pool_.threads(); ++i) {
      apart_.emplace_back(model_, rotary_, cache_, kernels_, StageRunner(nullptr));
    }
  }

  std::string description() const override {
    return "CPU (" + std::string(kernels_.name) + ", " + std::to_string(pool_.threads()) +
           (pool_.threads() == 1 ? " thread)" : " threads)");
  }
  std::string arithmetic() const override { return "cpu-f32"; }
  int page_size() const override { return static_cast<int>(kPageSize); }
  int pages() const override { return static_cast<int>(cache_.pages()); }
  int max_step_tokens() const override { return max_step_tokens_; }

  Result<void> copy_page(int from, int to) override {
    cache_.copy_page(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    return {};
  }

  Result<void> step(std::span<const SequenceSlice> slices,
                    std::span<SampledToken> sampled) override {
    const bool small = model_.weight_bytes <= kSmallWeights;
    const bool apart = pool_.threads() > 1 && small && slices.size() >= 2 * apart_.size();
    if (apart ? step_apart(slices, sampled) : step_together(slices, sampled)) return {};
    return Error(ErrorCode::corrupt, "the model's logits are not numbers: damaged weights?");
  }

 private:
  bool step_together(std::span<const SequenceSlice> slices, std::span<SampledToken> sampled) {
    std::vector<std::size_t> all(slices.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return together_.run(slices, all, sampled);
  }

  // Each thread takes whole slices, about as many tokens as the others.
  bool step_apart(std::span<const SequenceSlice> slices, std::span<SampledToken> sampled) {
    std::vector<std::vector<std::size_t>> shares(apart_.size());
    std::vector<std::size_t> tokens(apart_.size(), 0);
    for (std::size_t i = 0; i < slices.size(); ++i) {
      const auto least =
          static_cast<std::size_t>(std::ranges::min_element(tokens) - tokens.begin());
      shares[least].push_back(i);
      tokens[least] += slices[i].tokens.size();
    }
    std::atomic<bool> numbers = true;
    pool_.run(shares.size(), [&](std::size_t i, int) {
      if (!apart_[i].run(slices, shares[i], sampled)) numbers = false;
    });
    return numbers;
  }

  PackedModel model_;
  KvCache cache_;
  RotaryTable rotary_;
  const Kernels& kernels_;
  int max_step_tokens_;
  ThreadPool pool_;
  Forward together_;            // all threads on the same stages
  std::vector<Forward> apart_;  // one for each thread
};

Result<std::unique_ptr<Device>> make(const Checkpoint& checkpoint, const CpuOptions& options) {
  const std::size_t page_bytes = KvCache::page_bytes(checkpoint.config());
  const std::size_t wanted = options.cache_bytes > 0
                                 ? options.cache_bytes / page_bytes
                                 : reasonable_cache(checkpoint.config(), options.sequences);
  const std::size_t pages = std::min<std::size_t>(wanted, std::numeric_limits<int>::max());
  if (pages == 0) {
    return Error(ErrorCode::unavailable, "the KV cache has no room for one page of " +
                                             std::to_string(page_bytes) + " bytes");
  }
  Result<PackedModel> model = pack_model(checkpoint);
  if (!model) return model.error();
  Result<KvCache> cache = KvCache::make(checkpoint.config(), pages);
  if (!cache) return cache.error();
  return std::unique_ptr<Device>(
      std::make_unique<CpuDevice>(std::move(*model), std::move(*cache), options));
}

}  // namespace

Result<std::unique_ptr<Device>> make_cpu_device(const Checkpoint& checkpoint,
                                                const CpuOptions& options) {
  try {
    return make(checkpoint, options);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::unavailable, "not enough memory for the model");
  } catch (const std::system_error& error) {
    return Error(ErrorCode::unavailable, std::string("cannot start threads: ") + error.what());
  }
}

}  // namespace proctor::engine::cpu
