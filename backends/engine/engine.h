// The built-in inference engine: prompts of token ids in, text out, many at a time.
//
// What a request generates depends on its prompt, its sampling parameters, its seed, the model and
// the kind of device; to the bit, and on nothing else: not on what runs beside it, on the order, on
// threads, or on having been preempted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/engine/device.h"
#include "backends/engine/model.h"
#include "backends/engine/scheduler/scheduler.h"
#include "harness/core/generation.h"
#include "harness/core/result.h"

namespace proctor::engine {

struct EngineOptions {
  std::string device = "auto";  // "cpu", "cuda", "cuda:N"; "auto": a GPU if there is one
  int threads = 0;              // of the CPU device; 0: as many as the process may run on
  int max_sequences = 256;      // that run at once
  double cache_gib = 0;         // of memory for the KV cache; 0: what is of use, up to a quarter
                                // of the machine's or most of what a GPU has left
  // Of the host's memory for sequences that must make room; unset: a quarter of what is free, up to
  // 16; 0: none, they are computed again.
  std::optional<double> swap_gib{};
  // Submit a step before the tokens of the last one are known; unset: if the device computes beside
  // the host. Not seen in the tokens.
  std::optional<bool> one_behind{};
  std::string kv_cache = "full";  // or "fp8": E4M3, in half the memory of bf16; other replies
  std::string weights = "full";   // or "fp8": the layers' matrices rounded to E4M3; other replies
};

struct EngineRequest {
  std::int64_t id = 0;               // the caller's, unique among the unfinished
  std::vector<std::int32_t> prompt;  // at least one token
  int max_tokens = 1;                // new ones; prompt and these must fit into the context
  SamplingParameters sampling;
  std::uint64_t seed = 0;
  std::vector<std::string> stop{};  // the text ends before the first of these to appear
  bool loop_stop = false;  // end replies that repeat themselves (generation/loop_detector.h)
};

struct EngineReply {
  std::int64_t id = 0;
  Generation generation;             // special tokens are left out of the text
  std::vector<SampledToken> tokens;  // all that were sampled, the stop token included
};

// Called from within Engine::step.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  // A token was sampled; `text` is what it completes, maybe nothing.
  virtual void sampled(std::int64_t id, std::string_view text) = 0;
  virtual void finished(EngineReply reply) = 0;
};

// Used from one thread at a time.
class Engine {
 public:
  // `model` must outlive the engine.
  // Errors: invalid_input for an unknown device or precision, or a size in GiB that is none;
  // unavailable, if it is not there or too small; corrupt, for weights that make no bounds for an
  // fp8 cache.
  static Result<std::unique_ptr<Engine>> make(const Model& model, const EngineOptions& options);
  // Over a device of the caller's, which must outlive the engine.
  Engine(const Model& model, Device& device, const EngineOptions& options);
  ~Engine();

  // Errors: invalid_input for an empty prompt, ids that the model has no row for, sampling
  // parameters out of their ranges, or a prompt that does not fit into the context (or the cache)
  // together with max_tokens. Nothing is cut silently.
  Result<void> submit(EngineRequest request);

  bool wants_more() const;  // another request could soon run
  bool idle() const;        // nothing is left to do

  // Computes the next tokens of what runs. Errors: the device failed; nothing more will work.
  Result<void> step(EngineObserver& observer);

  // Forgets all requests, without a word to any observer. An observer may call it.
  void drop_all();

  std::string device_description() const;
  // What the bits of a reply depend on besides the model and the request: "cpu-f32",
  // "cpu-f32-kv-e4m3".
  std::string arithmetic() const;
  SchedulerCounters counters() const;

 private:
  class Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace proctor::engine
