// Continuous batching over a paged KV cache: which sequences run in the next step, on which pages.
//
// Sequences with the same prompt share it: all of it but the last token is computed once and held
// in pages with reference counts. Each sequence then processes the last prompt token itself, into a
// copy of the last, partly filled page; so there is no special first token. A sequence that must
// give up its pages leaves them in the host's memory until there is room again; where that is full,
// it is recomputed later from its own tokens. Neither changes a bit (device.h).
//
// With `one_behind` a step is submitted before the tokens of the one before it are known. A
// sequence that turns out to have ended is then in one step too many, where the device passes over
// it; if it was the observer who ended it, a token is drawn of which nobody hears.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backends/engine/device.h"
#include "harness/core/result.h"

namespace proctor::engine {

struct SequenceRequest {
  std::int64_t id = 0;               // the caller's name for it, unique among the unfinished
  std::vector<std::int32_t> prompt;  // at least one token
  int max_new_tokens = 1;            // at least 1
  SamplingParameters sampling;
  std::uint64_t seed = 0;
};

enum class SequenceEnd {
  stop_token,  // the last token is one of SchedulerOptions::stop_tokens
  observer,    // SequenceObserver::token said so
  length,      // max_new_tokens, or the end of the context
  cancelled,
};

// Called from within Scheduler::step, in the order of submission within a step.
class SequenceObserver {
 public:
  virtual ~SequenceObserver() = default;
  // The next token of a sequence, the stop token included. False ends the sequence with it.
  virtual bool token(std::int64_t id, const SampledToken& token) = 0;
  // After the sequence's last token.
  virtual void finished(std::int64_t id, SequenceEnd end) = 0;
};

struct SchedulerOptions {
  int max_sequences =
      256;  // that run at once; more cost nothing but give nothing past the GPU's knee
  int step_tokens = 512;  // a step's tokens: all decoding sequences, then prompts in chunks
  int max_context = 0;    // positions of one sequence that the model can address
  double reserve = 0.05;  // of the pages, kept free for running sequences to grow into
  bool one_behind = false;
  std::vector<std::int32_t> stop_tokens{};
};

struct SchedulerCounters {
  std::int64_t steps = 0;
  std::int64_t prefilled = 0;    // prompt tokens but the last computed, each shared prefix once
  std::int64_t generated = 0;    // tokens sampled and handed on
  std::int64_t recomputed = 0;   // tokens computed again after their pages were given up
  std::int64_t discarded = 0;    // places in steps for sequences that had ended by then
  std::int64_t preemptions = 0;  // sequences that gave up their pages
  std::int64_t swapped_out = 0;  // those of them whose pages went to the host's memory
  int running = 0;
  int waiting = 0;
  int pages_used = 0;
  int host_pages_used = 0;
};

// Used from one thread at a time; the device must outlive it.
class Scheduler {
 public:
  Scheduler(Device& device, SchedulerOptions options);
  ~Scheduler();

  // Queues a sequence. Errors: invalid_input for an empty prompt or one that leaves no room for a
  // single new token in the context or in the whole cache.
  Result<void> submit(SequenceRequest request);

  // Whether another sequence in the queue could soon run: ask the feed for one.
  bool wants_more() const;
  // Whether nothing is queued or running.
  bool idle() const;

  // Begins one step of the device, if there is something to compute, and hands on the tokens of
  // that step, or with `one_behind` of the one before it. The observer may call everything but
  // step(). When idle() is true afterwards, the device has nothing under way. Errors: the device's.
  // The cache then counts as empty: another step computes it again.
  Result<void> step(SequenceObserver& observer);

  // Ends a sequence: finished(id, cancelled) comes with the next step, and no token before it.
  // Unknown ids are ignored.
  void cancel(std::int64_t id);

  SchedulerCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proctor::engine
