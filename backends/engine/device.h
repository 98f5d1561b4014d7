// What computes: weights and a paged KV cache on one piece of hardware, which takes batches of
// token runs and gives back sampled tokens.
//
// The KV cache is an array of pages of `page_size` positions each. Which sequence owns which page
// is the scheduler's business; a device only reads and writes where a slice's page table points.
//
// Two steps may be under way: one is submitted while the tokens of the one before it are not yet
// known, so that the hardware never waits for the host. A slice then names the token it begins with
// by the slice that draws it. Steps and copies of pages take effect in the order of the calls.
//
// Whether a sequence ends with a token that it draws, by a stop token or by its length, is for the
// device to say: it knows first, and passes over the sequence's slice in a step that is submitted
// meanwhile.
//
// Every device is batch-invariant: what it computes for a position depends on the tokens before it
// alone, to the bit; not on the other slices of a step, on their order, on how a prompt was cut
// into slices, or on the number of threads (reference/inference.md, section 5).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
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

// Whether a sequence ends with a token.
enum class TokenEnd : std::uint8_t {
  none,
  stop,    // the token is one of Device::set_stop_tokens, the last one allowed or not
  length,  // it is the last one allowed, SequenceSlice::last_position
};

struct SampledToken {
  std::int32_t id = 0;
  float logprob = 0;           // of the model's own distribution (temperature 1, nothing cut)
  float tempered_logprob = 0;  // at the temperature, before top-k and top-p
  TokenEnd end = TokenEnd::none;
};

// A run of consecutive tokens of one sequence, to be processed in one step.
struct SequenceSlice {
  std::span<const std::int32_t> tokens;  // not empty; at positions start, start + 1, ...
  int start = 0;                         // all earlier positions are in the cache already
  // Unless below 0: the last of `tokens` is the one that slice `drawn_by` of the step submitted
  // before this one draws; what stands in its place is not read. If the sequence ended with it, the
  // slice is passed over: it leaves the cache as it is, its logits mean nothing, and instead of a
  // token it draws {.id = 0, .end = as the sequence ended}.
  int drawn_by = -1;
  // Page i holds positions [i * page_size, (i + 1) * page_size). The pages that the slice's
  // positions fall into belong to it alone; earlier ones may be shared.
  std::span<const std::int32_t> pages;
  bool sample = false;  // draw the token that follows the last one
  SamplingParameters sampling;
  std::uint64_t seed = 0;  // keys the draw; its counter is the position of the token drawn
  int last_position = std::numeric_limits<int>::max();  // a token drawn there, or past it, is the
                                                        // sequence's last
  // Unless empty, gets the raw logits after the last token, by collect(): [vocab_size].
  std::span<float> logits;
};

// How a sequence ends with the token `id` that is drawn at `position`.
inline TokenEnd end_of(std::int32_t id, std::int64_t position, std::int64_t last_position,
                       std::span<const std::int32_t> stop_tokens) {
  if (std::ranges::find(stop_tokens, id) != stop_tokens.end()) return TokenEnd::stop;
  return position >= last_position ? TokenEnd::length : TokenEnd::none;
}

// Used from one thread at a time. Errors, of whatever call: unavailable, io or corrupt, when the
// hardware failed or computed no numbers; then no step is under way any more, and what the cache
// and the host's places hold is void.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string description() const = 0;  // "CPU (AVX-512, 2 threads)"
  // What the bits depend on: "cpu-f32". Devices of one name compute the same.
  virtual std::string arithmetic() const = 0;
  virtual int page_size() const = 0;        // positions in a page
  virtual int pages() const = 0;            // pages of the cache
  virtual int max_step_tokens() const = 0;  // of all slices of a step together

  // Whether submit() returns before the step is done, so that it pays to submit the next one.
  virtual bool works_beside_host() const { return false; }
  // Pages that the host's memory has places for; 0: none are swapped out.
  virtual int host_pages() const { return 0; }

  // Seconds for which the hardware worked on the steps that were collected, by its own clock; 0: it
  // has none.
  virtual double busy_seconds() const { return 0; }

  // The tokens that end sequences, of all steps from here on; there are none to begin with. No step
  // may be under way.
  virtual void set_stop_tokens(std::span<const std::int32_t> tokens) = 0;

  // Makes page `to` equal to page `from`.
  virtual Result<void> copy_page(int from, int to) = 0;
  // Copies pages[i] to the host's place places[i], or back. False: the host turned out to have no
  // memory for those places, and they hold nothing.
  virtual Result<bool> swap_out(std::span<const std::int32_t> pages,
                                std::span<const std::int32_t> places) = 0;
  virtual Result<void> swap_in(std::span<const std::int32_t> places,
                               std::span<const std::int32_t> pages) = 0;

  // Begins a step that appends the keys and values of all slices to the cache and draws tokens. The
  // slices and what they refer to are of no use to it afterwards, but for `logits`. At most one
  // other step has been submitted and not collected.
  virtual Result<void> submit(std::span<const SequenceSlice> slices) = 0;
  // Ends the oldest step that was submitted: sets sampled[i] for the slices that sample (slice i's
  // place; the others stay as they are). Blocks.
  virtual Result<void> collect(std::span<SampledToken> sampled) = 0;

  // Both.
  Result<void> step(std::span<const SequenceSlice> slices, std::span<SampledToken> sampled) {
    if (Result<void> begun = submit(slices); !begun) return begun;
    return collect(sampled);
  }
};

}  // namespace proctor::engine
