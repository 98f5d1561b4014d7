// The kernels that the program's object files bring along: who wrote host code that launches one
// knows it by the address of a function of the host.
#pragma once

#include <string>

#include "tests/backends/engine/cuda/ptx/program.h"

namespace proctor::ptx {

// The kernel behind a function that nvcc's host code has announced, or nullptr and why not. The PTX
// is read when the first kernel is asked for. Not thread-safe.
const Kernel* registered_kernel(const void* function, std::string& fault);

}  // namespace proctor::ptx
