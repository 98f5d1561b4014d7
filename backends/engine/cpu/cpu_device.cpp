#include "backends/engine/cpu/cpu_device.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/engine/cpu/forward.h"
#include "backends/engine/cpu/kv_cache.h"
#include "backends/engine/cpu/packed_model.h"
#include "backends/engine/cpu/rotary.h"
#include "backends/engine/cpu/thread_pool.h"
#include "harness/core/check.h"

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
std::size_t reasonable_cache(const ModelConfig& config, std::size_t page_bytes, int sequences) {
  const std::size_t memory = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                             static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t context = static_cast<std::size_t>(config.max_context) / kPageSize + 1;
  return std::min(memory / 4 / page_bytes, static_cast<std::size_t>(sequences) * context);
}

class CpuDevice : public Device {
 public:
  CpuDevice(PackedModel model, KvCache cache, KvCache swapped, const CpuOptions& options)
      : model_(std::move(model)),
        cache_(std::move(cache)),
        swapped_(std::move(swapped)),
        rotary_(model_.config, std::min(static_cast<std::size_t>(model_.config.max_context),
                                        cache_.pages() * kPageSize)),
        kernels_(options.kernels != nullptr ? *options.kernels : best_kernels()),
        max_step_tokens_(options.max_step_tokens),
        weights_(options.weights),
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
  std::string arithmetic() const override {
    return std::string("cpu-f32") + (weights_ == Precision::fp8 ? "-weights-e4m3" : "") +
           (cache_.key_scales(0).empty() ? "" : "-kv-e4m3");
  }
  int page_size() const override { return static_cast<int>(kPageSize); }
  int pages() const override { return static_cast<int>(cache_.pages()); }
  int max_step_tokens() const override { return max_step_tokens_; }

  void set_stop_tokens(std::span<const std::int32_t> tokens) override {
    check(done_.empty());
    stop_tokens_.assign(tokens.begin(), tokens.end());
  }

  Result<void> copy_page(int from, int to) override {
    cache_.copy_page(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    return {};
  }

  int host_pages() const override { return static_cast<int>(swapped_.pages()); }
  Result<bool> swap_out(std::span<const std::int32_t> pages,
                        std::span<const std::int32_t> places) override {
    copy_pages(cache_, pages, swapped_, places);
    return true;
  }
  Result<void> swap_in(std::span<const std::int32_t> places,
                       std::span<const std::int32_t> pages) override {
    copy_pages(swapped_, places, cache_, pages);
    return {};
  }

  Result<void> submit(std::span<const SequenceSlice> slices) override {
    check(done_.size() < 2);
    const std::vector<SequenceSlice> known = with_drawn_tokens(slices);
    std::vector<SampledToken> sampled(slices.size());
    std::vector<std::size_t> going_on;
    for (std::size_t i = 0; i < slices.size(); ++i) {
      if (slices[i].drawn_by >= 0) sampled[i].end = drawn_by(slices[i]).end;
      if (sampled[i].end == TokenEnd::none) going_on.push_back(i);
    }
    const bool small = model_.weight_bytes <= kSmallWeights;
    const bool apart = pool_.threads() > 1 && small && going_on.size() >= 2 * apart_.size();
    if (apart ? step_apart(known, going_on, sampled) : together_.run(known, going_on, sampled)) {
      for (const std::size_t i : going_on) {
        const std::size_t position =
            static_cast<std::size_t>(slices[i].start) + slices[i].tokens.size();
        sampled[i].end = end_of(sampled[i].id, static_cast<std::int64_t>(position),
                                slices[i].last_position, stop_tokens_);
      }
      drawn_ = sampled;
      Step& step = done_.emplace_back();
      for (const SequenceSlice& slice : slices) step.sampled.push_back(slice.sample);
      step.tokens = std::move(sampled);
      return {};
    }
    done_.clear();
    return Error(ErrorCode::corrupt, "the model's logits are not numbers: damaged weights?");
  }

  Result<void> collect(std::span<SampledToken> sampled) override {
    check(!done_.empty() && sampled.size() == done_.front().tokens.size());
    const Step& step = done_.front();
    for (std::size_t i = 0; i < sampled.size(); ++i) {
      if (step.sampled[i]) sampled[i] = step.tokens[i];
    }
    done_.pop_front();
    return {};
  }

 private:
  // A step that was computed and not collected.
  struct Step {
    std::vector<bool> sampled;  // of each slice, whether it sampled
    std::vector<SampledToken> tokens;
  };

  static void copy_pages(const KvCache& from, std::span<const std::int32_t> pages, KvCache& to,
                         std::span<const std::int32_t> places) {
    check(pages.size() == places.size());
    for (std::size_t i = 0; i < pages.size(); ++i) {
      to.take_page(from, static_cast<std::size_t>(pages[i]), static_cast<std::size_t>(places[i]));
    }
  }

  // The slices with the tokens that the last step drew in their places. Good until the next call.
  std::vector<SequenceSlice> with_drawn_tokens(std::span<const SequenceSlice> slices) {
    std::vector<SequenceSlice> known(slices.begin(), slices.end());
    std::size_t tokens = 0;
    for (const SequenceSlice& slice : slices)
      tokens += slice.drawn_by < 0 ? 0 : slice.tokens.size();
    known_tokens_.clear();
    known_tokens_.reserve(tokens);  // so that no span moves
    for (SequenceSlice& slice : known) {
      if (slice.drawn_by < 0) continue;
      const std::size_t first = known_tokens_.size();
      known_tokens_.insert(known_tokens_.end(), slice.tokens.begin(), slice.tokens.end());
      known_tokens_.back() = drawn_by(slice).id;
      slice.tokens = std::span(known_tokens_).subspan(first);
    }
    return known;
  }

  const SampledToken& drawn_by(const SequenceSlice& slice) const {
    return drawn_[static_cast<std::size_t>(slice.drawn_by)];
  }

  // Each thread takes whole slices, about as many tokens as the others.
  bool step_apart(std::span<const SequenceSlice> slices, std::span<const std::size_t> chosen,
                  std::span<SampledToken> sampled) {
    std::vector<std::vector<std::size_t>> shares(apart_.size());
    std::vector<std::size_t> tokens(apart_.size(), 0);
    for (const std::size_t i : chosen) {
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
  KvCache swapped_;  // pages of sequences that wait
  RotaryTable rotary_;
  const Kernels& kernels_;
  int max_step_tokens_;
  Precision weights_;
  ThreadPool pool_;
  Forward together_;            // all threads on the same stages
  std::vector<Forward> apart_;  // one for each thread
  std::deque<Step> done_;       // the oldest first
  std::vector<std::int32_t> stop_tokens_;
  std::vector<SampledToken> drawn_;         // by the slices of the last step
  std::vector<std::int32_t> known_tokens_;  // what with_drawn_tokens() gave refers to
};

Result<std::unique_ptr<Device>> make(const Checkpoint& checkpoint, const CpuOptions& options) {
  const std::size_t page_bytes = KvCache::page_bytes(checkpoint.config(), options.kv_cache);
  const std::size_t wanted =
      options.cache_bytes > 0
          ? options.cache_bytes / page_bytes
          : reasonable_cache(checkpoint.config(), page_bytes, options.sequences);
  const std::size_t pages = std::min<std::size_t>(wanted, std::numeric_limits<int>::max());
  if (pages == 0) {
    return Error(ErrorCode::unavailable, "the KV cache has no room for one page of " +
                                             std::to_string(page_bytes) + " bytes");
  }
  Result<PackedModel> model = pack_model(checkpoint, options.weights);
  if (!model) return model.error();
  Result<std::vector<KvScales>> scales = std::vector<KvScales>();
  if (options.kv_cache == Precision::fp8) {
    scales = kv_scales(checkpoint.config(), checkpoint.weights());
  }
  if (!scales) return scales.error();
  Result<KvCache> cache = KvCache::make(checkpoint.config(), pages, *scales);
  if (!cache) return cache.error();
  const std::size_t places =
      std::min<std::size_t>(options.swap_bytes / page_bytes, std::numeric_limits<int>::max());
  Result<KvCache> swapped = KvCache::make(checkpoint.config(), places, std::move(*scales));
  if (!swapped) return swapped.error().within("preempted sequences");
  return std::unique_ptr<Device>(std::make_unique<CpuDevice>(std::move(*model), std::move(*cache),
                                                             std::move(*swapped), options));
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
