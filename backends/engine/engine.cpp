#include "backends/engine/engine.h"

#include <chrono>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "backends/engine/generation/loop_detector.h"
#include "backends/engine/generation/stop_text.h"
#include "backends/engine/make_device.h"
#include "backends/engine/tokenizer/detokenizer.h"

namespace proctor::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMostGib = 1e6;

bool is_size(double gib) { return gib >= 0 && gib <= kMostGib; }  // nor a NaN

std::int64_t milliseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

// A request between submission and its reply.
struct Writing {
  Writing(const Tokenizer& tokenizer, EngineRequest& request)
      : detokenizer(tokenizer, true), stop(std::move(request.stop)) {
    if (request.loop_stop) loop.emplace();
    reply.id = request.id;
    reply.generation.usage.prompt = static_cast<std::int64_t>(request.prompt.size());
  }

  EngineReply reply;
  Detokenizer detokenizer;
  StopText stop;
  std::optional<LoopDetector> loop;
  bool looping = false;
  Clock::time_point submitted = Clock::now();
};

FinishReason reason_of(const Writing& writing, SequenceEnd end) {
  if (writing.looping) return FinishReason::repetition;
  if (end == SequenceEnd::length) return FinishReason::length;
  return writing.reply.generation.text.empty() ? FinishReason::empty : FinishReason::stop;
}

// What the sampler takes for granted.
Result<void> check_sampling(const SamplingParameters& sampling) {
  const auto refused = [](const char* what) {
    return Error(ErrorCode::invalid_input, std::string("sampling: ") + what);
  };
  if (!std::isfinite(sampling.temperature) || sampling.temperature < 0) {
    return refused("temperature must be a number from 0 on");
  }
  if (!(sampling.top_p > 0 && sampling.top_p <= 1))
    return refused("top_p must be above 0, up to 1");
  if (sampling.top_k < 0) return refused("top_k must be from 0 on, 0 being no limit");
  return {};
}

SchedulerOptions scheduler_options(const Model& model, const Device& device,
                                   const EngineOptions& options) {
  return {.max_sequences = options.max_sequences,
          .step_tokens = device.max_step_tokens(),
          .max_context = model.checkpoint().config().max_context,
          .one_behind = options.one_behind.value_or(device.works_beside_host()),
          .stop_tokens = model.stop_tokens()};
}

}  // namespace

class Engine::Impl : public SequenceObserver {
 public:
  Impl(const Model& model, Device& device, const EngineOptions& options)
      : model_(model),
        device_(device),
        scheduler_(device, scheduler_options(model, device, options)) {}
  Impl(const Model& model, std::unique_ptr<Device> device, const EngineOptions& options)
      : Impl(model, *device, options) {
    owned_ = std::move(device);
  }

  Result<void> submit(EngineRequest request) {
    if (Result<void> sound = check_sampling(request.sampling); !sound) return sound;
    const ModelConfig& config = model_.checkpoint().config();
    for (const std::int32_t id : request.prompt) {
      if (id < 0 || id >= config.vocab_size) {
        return Error(ErrorCode::invalid_input, "token " + std::to_string(id) +
                                                   " is not in the model's table of " +
                                                   std::to_string(config.vocab_size));
      }
    }
    const int context = config.max_context;
    const auto needed = static_cast<std::int64_t>(request.prompt.size()) + request.max_tokens;
    if (needed > context) {
      return Error(ErrorCode::invalid_input,
                   "a prompt of " + std::to_string(request.prompt.size()) + " tokens and " +
                       std::to_string(request.max_tokens) +
                       " new ones do not fit into the model's context of " +
                       std::to_string(context) + "; ask for fewer (--max-tokens)");
    }
    const std::int64_t cached = std::int64_t{device_.pages()} * device_.page_size();
    if (needed > cached) {
      return Error(ErrorCode::invalid_input,
                   "a prompt and a reply of up to " + std::to_string(needed) +
                       " tokens do not fit into a KV cache of " + std::to_string(cached) +
                       "; give it more memory (--cache-gib) or ask for fewer (--max-tokens)");
    }
    Writing writing(model_.tokenizer(), request);
    const std::int64_t id = next_id_++;
    Result<void> taken = scheduler_.submit({.id = id,
                                            .prompt = std::move(request.prompt),
                                            .max_new_tokens = request.max_tokens,
                                            .sampling = request.sampling,
                                            .seed = request.seed});
    if (taken) writing_.emplace(id, std::move(writing));
    return taken;
  }

  Result<void> step(EngineObserver& observer) {
    observer_ = &observer;
    return scheduler_.step(*this);
  }

  bool token(std::int64_t id, const SampledToken& token) override {
    const auto found = writing_.find(id);
    if (found == writing_.end()) return false;  // it was dropped
    Writing& writing = found->second;
    Generation& generation = writing.reply.generation;
    if (writing.reply.tokens.empty()) {
      generation.first_token_ms = milliseconds_since(writing.submitted);
    }
    writing.reply.tokens.push_back(token);
    const std::string text = writing.stop.push(writing.detokenizer.push(token.id));
    generation.text += text;
    writing.looping = writing.loop && writing.loop->push(token.id);
    const bool more = !writing.stop.stopped() && !writing.looping;
    observer_->sampled(writing.reply.id, text);  // may drop all requests, this one too
    return more;
  }

  void finished(std::int64_t id, SequenceEnd end) override {
    auto found = writing_.extract(id);
    if (found.empty()) return;  // it was dropped
    Writing& writing = found.mapped();
    Generation& generation = writing.reply.generation;
    if (!writing.stop.stopped()) {
      generation.text += writing.stop.push(writing.detokenizer.flush());
      if (!writing.stop.stopped()) generation.text += writing.stop.flush();
    }
    generation.finish = reason_of(writing, end);
    generation.usage.completion = static_cast<std::int64_t>(writing.reply.tokens.size());
    generation.total_ms = milliseconds_since(writing.submitted);
    observer_->finished(std::move(writing.reply));
  }

  void drop_all() {
    for (const auto& [id, writing] : writing_) scheduler_.cancel(id);
    writing_.clear();
  }

  const Scheduler& scheduler() const { return scheduler_; }
  const Device& device() const { return device_; }

 private:
  const Model& model_;
  std::unique_ptr<Device> owned_;
  Device& device_;
  Scheduler scheduler_;
  EngineObserver* observer_ = nullptr;  // of the step that runs
  // By ids of our own, so that those of dropped requests may be used again at once.
  std::unordered_map<std::int64_t, Writing> writing_;
  std::int64_t next_id_ = 0;
};

Result<std::unique_ptr<Engine>> Engine::make(const Model& model, const EngineOptions& options) {
  if (!is_size(options.cache_gib) || !is_size(options.swap_gib.value_or(0))) {
    return Error(ErrorCode::invalid_input,
                 "the sizes of the KV cache and of what it is swapped to must be from 0 to "
                 "1,000,000 GiB");
  }
  Result<std::unique_ptr<Device>> device = make_device(model.checkpoint(), options);
  if (!device) return device.error();
  return std::unique_ptr<Engine>(
      new Engine(std::make_unique<Impl>(model, std::move(*device), options)));
}

Engine::Engine(const Model& model, Device& device, const EngineOptions& options)
    : impl_(std::make_unique<Impl>(model, device, options)) {}
Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<void> Engine::submit(EngineRequest request) { return impl_->submit(std::move(request)); }
bool Engine::wants_more() const { return impl_->scheduler().wants_more(); }
bool Engine::idle() const { return impl_->scheduler().idle(); }
Result<void> Engine::step(EngineObserver& observer) { return impl_->step(observer); }
void Engine::drop_all() { impl_->drop_all(); }
std::string Engine::arithmetic() const { return impl_->device().arithmetic(); }
std::string Engine::device_description() const { return impl_->device().description(); }
SchedulerCounters Engine::counters() const { return impl_->scheduler().counters(); }

}  // namespace proctor::engine
