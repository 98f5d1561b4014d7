// Included before flash-attention's flash_api.cpp by peer_pack.sh: narrows its dispatch to what
// nano-vllm calls, the forward pass in bf16 at head dimension 128, so that four kernel files are
// compiled instead of 72. What runs is unchanged.
#pragma once
#include <cutlass/numeric_types.h>
#include <torch/types.h>

#include "flash.h"
#include "static_switch.h"

#undef FP16_SWITCH
#define FP16_SWITCH(is_fp16, ...)                      \
  [&] {                                                \
    TORCH_CHECK(!(is_fp16), "this build has no fp16"); \
    using elem_type = cutlass::bfloat16_t;             \
    return __VA_ARGS__();                              \
  }()

#undef HEADDIM_SWITCH
#define HEADDIM_SWITCH(head_dim, ...)                                          \
  [&] {                                                                        \
    TORCH_CHECK((head_dim) == 128, "this build has head dimension 128 alone"); \
    constexpr static int kHeadDim = 128;                                       \
    return __VA_ARGS__();                                                      \
  }()

namespace FLASH_NAMESPACE {

template <>
inline void run_mha_bwd_<cutlass::bfloat16_t, 128, false>(Flash_bwd_params&, cudaStream_t) {
  TORCH_CHECK(false, "this build has no backward pass");
}

template <>
inline void run_mha_bwd_<cutlass::bfloat16_t, 128, true>(Flash_bwd_params&, cudaStream_t) {
  TORCH_CHECK(false, "this build has no backward pass");
}

}  // namespace FLASH_NAMESPACE
