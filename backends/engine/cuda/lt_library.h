// cuBLASLt, loaded while the program runs: a program that was built with CUDA starts on machines
// without it. Needs only the toolkit's header to build.
#pragma once

#include <cublasLt.h>

#include <memory>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::engine::cuda {

// The functions that are used, as the header declares them; good for as long as the program runs.
struct LtLibrary {
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtGetVersion) version = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulDescCreate) describe = nullptr;
  decltype(&cublasLtMatmulDescDestroy) destroy_description = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) set_description = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) lay_out = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) destroy_layout = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) prefer = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) propose = nullptr;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) configuration = nullptr;
  decltype(&cublasLtMatmulAlgoCheck) examine = nullptr;

  // Loads the library of the header's major version, once. Errors: unavailable, with the loader's
  // reason.
  static Result<const LtLibrary*> load();
};

// What cuBLASLt answered, as an Error that names the call.
Result<void> to_result(cublasStatus_t status, std::string_view call);

}  // namespace proctor::engine::cuda
