// What computes: weights and a paged KV cache on one piece of hardware, behind one call that takes
// a batch of token runs and gives back sampled tokens.
//
// The KV cache is an array of pages of `page_size` positions each. Which sequence owns which page
// is the scheduler's business; a device only reads and writes where a slice's page table points.
//
// Every device is batch-invariant: what it computes for a position depends on the tokens before it
// alone, to the bit; not on the other slices of a step, on their order, on how a prompt was cut
// into slices, or on the number of threads (reference/inference.md, section 5).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/core/result.h"

namespace proctor::engine {

// How a token is drawn from the logits; see sampler/sampler.h for the exact meaning.
struct SamplingParameters {
  float temperature = 1;  // 0: the most likely token, the lowest id among equals
  float top_p = 1;        // in (0, 1]
  int top_k = 0;          // 0: no limit
  bool logprobs = false;  // fill in the log probabilities of the sampled tokens

  bool operator==(const SamplingParameters&) const = default;
};

struct SampledToken {
  std::int32_t id = 0;
  float logprob = 0;           // of the model's own distribution (temperature 1, nothing cut)
  float tempered_logprob = 0;  // at the temperature, before top-k and top-p
};

// A run of consecutive tokens of one sequence, to be processed in one step.
struct SequenceSlice {
  std::span<const std::int32_t> tokens;  // not empty; at positions start, start + 1, ...
  int start = 0;                         // all earlier positions are in the cache already
  // Page i holds positions [i * page_size, (i + 1) * page_size). The pages that the slice's
  // positions fall into belong to it alone; earlier ones may be shared.
  std::span<const std::int32_t> pages;
  bool sample = false;  // draw the token that follows the last one
  SamplingParameters sampling;
  std::uint64_t seed = 0;   // keys the draw; its counter is the position of the token drawn
  std::span<float> logits;  // unless empty, gets the raw logits after the last token: [vocab_size]
};

// Used from one thread at a time.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string description() const = 0;  // "CPU (AVX-512, 2 threads)"
  // What the bits depend on: "cpu-f32". Devices of one name compute the same.
  virtual std::string arithmetic() const = 0;
  virtual int page_size() const = 0;        // positions in a page
  virtual int pages() const = 0;            // pages of the cache
  virtual int max_step_tokens() const = 0;  // of all slices of a step together

  // Makes page `to` equal to page `from`, before the next step.
  virtual Result<void> copy_page(int from, int to) = 0;

  // Processes all slices: appends their keys and values to the cache, and for those that sample
  // sets sampled[i] (slice i's place; the others stay as they are). Blocks.
  // Errors: unavailable or io, when the hardware failed; the cache is then void.
  virtual Result<void> step(std::span<const SequenceSlice> slices,
                            std::span<SampledToken> sampled) = 0;
};

}  // namespace proctor::engine
