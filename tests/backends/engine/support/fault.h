// The mistakes that engines make. The reference model can make each on purpose, so that a test that
// compares a device with it can show that it would have noticed.
#pragma once

#include <span>
#include <string_view>

#include "backends/engine/model_config.h"

namespace proctor::engine::support {

enum class Fault {
  none,
  rope_theta,    // a hundred times too large
  rms_norm_eps,  // ten times too large
  no_q_bias,
  no_k_bias,
  no_v_bias,
  no_qk_norm,
  interleaved_rotary,  // pairs of neighbours instead of halves
  no_llama3_scaling,
  next_kv_head,       // head mapping off by one group
  strided_kv_heads,   // head modulo kv_heads instead of head / group
  head_is_embedding,  // the output table of an untied model is the embedding
  slipped_position,   // the second half of the tokens are one position further on
  lost_page,          // the last whole page of 16 keys is not seen
  seen_future,        // no causal mask
};

// Every fault but `none`.
std::span<const Fault> all_faults();
std::string_view name_of(Fault fault);
// Whether a model of this shape can have the fault. Of the tokens there must be more than 32.
bool applies(Fault fault, const ModelConfig& config);

}  // namespace proctor::engine::support
