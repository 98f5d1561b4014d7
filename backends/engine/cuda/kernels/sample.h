// Draws a token for each row of logits, by the integers of sampler/sampler.h: the same token as
// Sampler::draw from the same logits, to the bit, and the same log probabilities up to the last
// place of double's logarithm.
#pragma once

#include <cstdint>

#include "backends/engine/cuda/device_buffer.h"

namespace proctor::engine::cuda {

// Why a sequence ends with the token drawn.
enum class Finish : std::int32_t {
  none = 0,
  stop = 1,          // the token is among the stop tokens; it may be the last one allowed too
  length = 2,        // it is the last one allowed
  not_a_number = 3,  // the logit drawn is not finite: the model's weights are damaged
};

// What SamplingParameters and Sampler::draw's arguments say, for one row.
struct SampleRequest {
  float temperature = 1;  // at least 0
  float top_p = 1;        // in (0, 1]
  std::int32_t top_k = 0;
  std::int32_t logprobs = 0;   // not 0: wanted
  Finish over = Finish::none;  // else the logits are not read: the result is {.finish = over}
  std::uint64_t seed = 0;
  std::int64_t position = 0;       // of the token to be drawn
  std::int64_t last_position = 0;  // the token drawn there ends the sequence by its length
};

// Of a row that belongs to no sequence or whose logits alone are wanted.
inline constexpr SampleRequest kNoDraw = {.over = Finish::length};

struct SampleResult {
  std::int32_t id = 0;
  float logprob = 0;
  float tempered_logprob = 0;
  Finish finish = Finish::none;
};

// logits: [rows, vocabulary] fp32 with `stride` elements from row to row; requests, results:
// [rows]; stop_tokens: any number, also none. One block draws for a row.
void sample(DeviceSpan<SampleResult> results, DeviceSpan<const float> logits, int vocabulary,
            int stride, DeviceSpan<const SampleRequest> requests,
            DeviceSpan<const std::int32_t> stop_tokens, Stream& stream);

}  // namespace proctor::engine::cuda
