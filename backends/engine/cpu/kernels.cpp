#include "backends/engine/cpu/kernels.h"

namespace proctor::engine::cpu {

const Kernels& scalar_kernels();
#ifdef PROCTOR_X86_KERNELS
const Kernels& avx512_kernels();
const Kernels& avx2_kernels();
#endif

const Kernels* kernels_for(InstructionSet set) {
#ifdef PROCTOR_X86_KERNELS
  if (set == InstructionSet::avx512) {
    const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has ? &avx512_kernels() : nullptr;
  }
  if (set == InstructionSet::avx2) {
    const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has ? &avx2_kernels() : nullptr;
  }
#endif
  return set == InstructionSet::scalar ? &scalar_kernels() : nullptr;
}

const Kernels& best_kernels() {
  for (const InstructionSet set : {InstructionSet::avx512, InstructionSet::avx2}) {
    if (const Kernels* kernels = kernels_for(set)) return *kernels;
  }
  return *kernels_for(InstructionSet::scalar);
}

}  // namespace proctor::engine::cpu
