#include "tests/backends/engine/support/fault.h"

#include "harness/core/check.h"

namespace proctor::engine::support {
namespace {

constexpr Fault kFaults[] = {
    Fault::rope_theta,         Fault::rms_norm_eps,      Fault::no_q_bias,
    Fault::no_k_bias,          Fault::no_v_bias,         Fault::no_qk_norm,
    Fault::interleaved_rotary, Fault::no_llama3_scaling, Fault::next_kv_head,
    Fault::strided_kv_heads,   Fault::head_is_embedding, Fault::slipped_position,
    Fault::lost_page,          Fault::seen_future,
};

}  // namespace

std::span<const Fault> all_faults() { return kFaults; }

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::rope_theta:
      return "rope_theta";
    case Fault::rms_norm_eps:
      return "rms_norm_eps";
    case Fault::no_q_bias:
      return "no_q_bias";
    case Fault::no_k_bias:
      return "no_k_bias";
    case Fault::no_v_bias:
      return "no_v_bias";
    case Fault::no_qk_norm:
      return "no_qk_norm";
    case Fault::interleaved_rotary:
      return "interleaved_rotary";
    case Fault::no_llama3_scaling:
      return "no_llama3_scaling";
    case Fault::next_kv_head:
      return "next_kv_head";
    case Fault::strided_kv_heads:
      return "strided_kv_heads";
    case Fault::head_is_embedding:
      return "head_is_embedding";
    case Fault::slipped_position:
      return "slipped_position";
    case Fault::lost_page:
      return "lost_page";
    case Fault::seen_future:
      return "seen_future";
  }
  check(false);
  return {};
}

bool applies(Fault fault, const ModelConfig& config) {
  switch (fault) {
    case Fault::no_q_bias:
    case Fault::no_k_bias:
    case Fault::no_v_bias:
      return config.qkv_bias;
    case Fault::no_qk_norm:
      return config.qk_norm;
    case Fault::no_llama3_scaling:
      return config.rope_scaling.has_value();
    case Fault::next_kv_head:
      return config.kv_heads > 1;
    case Fault::strided_kv_heads:
      return config.kv_heads > 1 && config.heads > config.kv_heads;
    case Fault::head_is_embedding:
      return !config.tied_embeddings;
    default:
      return true;
  }
}

}  // namespace proctor::engine::support
