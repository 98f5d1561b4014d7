// One product as cuBLASLt describes it.
#pragma once

#include <vector>

#include "backends/engine/cuda/lt_library.h"
#include "backends/engine/cuda/lt_product.h"

namespace proctor::engine::cuda {

// cuBLASLt's matrices are column-major, so ours are their transposes: with the weights first,
// [columns, rows] = weight^T^T [columns, depth] times x^T [depth, rows]. Move-only; closes itself.
class LtProblem {
 public:
  // `bias` may be null. Errors: unavailable.
  static Result<LtProblem> make(const LtLibrary& lt, const LtShape& shape, int rows,
                                const bf16* bias);
  LtProblem(LtProblem&& other) noexcept;
  LtProblem& operator=(LtProblem&&) = delete;
  ~LtProblem();

  // Algorithms without workspace, split-K and reductions, the one expected to be fastest first.
  // Errors: unavailable.
  Result<std::vector<cublasLtMatmulAlgo_t>> algorithms(cublasLtHandle_t handle) const;

  // Whether an algorithm that was proposed at some time or other runs here, without workspace.
  bool takes(cublasLtHandle_t handle, const cublasLtMatmulAlgo_t& algorithm) const;

  cublasStatus_t run(cublasLtHandle_t handle, void* out, const bf16* weight, const bf16* x,
                     const cublasLtMatmulAlgo_t& algorithm, cudaStream_t stream) const;

 private:
  explicit LtProblem(const LtLibrary& lt) : lt_(&lt) {}
  Result<void> describe(const LtShape& shape, const bf16* bias);

  const LtLibrary* lt_;
  cublasLtMatmulDesc_t description_ = nullptr;
  cublasLtMatrixLayout_t weight_ = nullptr;
  cublasLtMatrixLayout_t x_ = nullptr;
  cublasLtMatrixLayout_t out_ = nullptr;
};

}  // namespace proctor::engine::cuda
