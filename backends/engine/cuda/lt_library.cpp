#include "backends/engine/cuda/lt_library.h"

#include <dlfcn.h>

#include <string>

namespace proctor::engine::cuda {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Error loader_error() {
  const char* reason = dlerror();
  return Error(ErrorCode::unavailable,
               std::string("cuBLASLt: ") + (reason == nullptr ? "not found" : reason));
}

Result<LtLibrary> loaded() {
  const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
  // Never closed: it has threads and handlers of its own.
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return loader_error();
  LtLibrary lt;
  const bool whole = find(library, "cublasLtCreate", lt.create) &&
                     find(library, "cublasLtDestroy", lt.destroy) &&
                     find(library, "cublasLtGetVersion", lt.version) &&
                     find(library, "cublasLtMatmul", lt.matmul) &&
                     find(library, "cublasLtMatmulDescCreate", lt.describe) &&
                     find(library, "cublasLtMatmulDescDestroy", lt.destroy_description) &&
                     find(library, "cublasLtMatmulDescSetAttribute", lt.set_description) &&
                     find(library, "cublasLtMatrixLayoutCreate", lt.lay_out) &&
                     find(library, "cublasLtMatrixLayoutDestroy", lt.destroy_layout) &&
                     find(library, "cublasLtMatmulPreferenceCreate", lt.prefer) &&
                     find(library, "cublasLtMatmulPreferenceDestroy", lt.destroy_preference) &&
                     find(library, "cublasLtMatmulPreferenceSetAttribute", lt.set_preference) &&
                     find(library, "cublasLtMatmulAlgoGetHeuristic", lt.propose) &&
                     find(library, "cublasLtMatmulAlgoConfigGetAttribute", lt.configuration) &&
                     find(library, "cublasLtMatmulAlgoCheck", lt.examine);
  if (!whole) return loader_error();
  return lt;
}

}  // namespace

Result<const LtLibrary*> LtLibrary::load() {
  static const Result<LtLibrary> library = loaded();
  if (!library) return library.error();
  return &*library;
}

Result<void> to_result(cublasStatus_t status, std::string_view call) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  return Error(ErrorCode::unavailable,
               std::string(call) + ": cuBLASLt status " + std::to_string(status));
}

}  // namespace proctor::engine::cuda
