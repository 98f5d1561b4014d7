#include "backends/engine/cuda/lt_problem.h"

#include <cstdint>
#include <utility>

namespace proctor::engine::cuda {
namespace {

constexpr int kMostProposals = 32;

}  // namespace

Result<LtProblem> LtProblem::make(const LtLibrary& lt, const LtShape& shape, int rows,
                                  const bf16* bias) {
  const auto columns = static_cast<std::uint64_t>(shape.columns);
  const auto depth = static_cast<std::uint64_t>(shape.depth);
  const auto count = static_cast<std::uint64_t>(rows);
  LtProblem problem(lt);
  Result<void> made = problem.describe(shape, bias);
  if (!made) return made.error();
  made = to_result(lt.lay_out(&problem.weight_, CUDA_R_16BF, depth, columns, shape.depth),
                   "layout of the weights");
  if (!made) return made.error();
  made = to_result(lt.lay_out(&problem.x_, CUDA_R_16BF, depth, count, shape.depth),
                   "layout of the input");
  if (!made) return made.error();
  made = to_result(lt.lay_out(&problem.out_, shape.wide ? CUDA_R_32F : CUDA_R_16BF, columns, count,
                              shape.columns),
                   "layout of the output");
  if (!made) return made.error();
  return problem;
}

LtProblem::LtProblem(LtProblem&& other) noexcept
    : lt_(other.lt_),
      description_(std::exchange(other.description_, nullptr)),
      weight_(std::exchange(other.weight_, nullptr)),
      x_(std::exchange(other.x_, nullptr)),
      out_(std::exchange(other.out_, nullptr)) {}

LtProblem::~LtProblem() {
  if (description_ != nullptr) lt_->destroy_description(description_);
  for (const cublasLtMatrixLayout_t layout : {weight_, x_, out_}) {
    if (layout != nullptr) lt_->destroy_layout(layout);
  }
}

Result<void> LtProblem::describe(const LtShape& shape, const bf16* bias) {
  Result<void> made = to_result(lt_->describe(&description_, CUBLAS_COMPUTE_32F, CUDA_R_32F),
                                "description of a product");
  if (!made) return made;
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    if (!made) return;
    made = to_result(lt_->set_description(description_, attribute, &value, sizeof value),
                     "description of a product");
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
  if (!shape.bias) return made;
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
  set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, CUDA_R_16BF);
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  return made;
}

Result<std::vector<cublasLtMatmulAlgo_t>> LtProblem::algorithms(cublasLtHandle_t handle) const {
  cublasLtMatmulPreference_t preference = nullptr;
  Result<void> made = to_result(lt_->prefer(&preference), "preference");
  if (!made) return made.error();
  const std::uint64_t workspace = 0;
  const std::uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_NONE;
  lt_->set_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace,
                      sizeof workspace);
  lt_->set_preference(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reductions,
                      sizeof reductions);
  std::vector<cublasLtMatmulHeuristicResult_t> proposals(kMostProposals);
  int found = 0;
  const cublasStatus_t status = lt_->propose(handle, description_, weight_, x_, out_, out_,
                                             preference, kMostProposals, proposals.data(), &found);
  lt_->destroy_preference(preference);
  std::vector<cublasLtMatmulAlgo_t> algorithms;
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return algorithms;  // it proposes none
  made = to_result(status, "cublasLtMatmulAlgoGetHeuristic");
  if (!made) return made.error();

  for (int i = 0; i < found; ++i) {
    const cublasLtMatmulHeuristicResult_t& proposal = proposals[static_cast<std::size_t>(i)];
    std::uint32_t splits = 0;
    std::size_t written = 0;
    const cublasStatus_t asked = lt_->configuration(&proposal.algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM,
                                                    &splits, sizeof splits, &written);
    const bool whole = asked == CUBLAS_STATUS_SUCCESS && splits <= 1;
    if (proposal.state == CUBLAS_STATUS_SUCCESS && proposal.workspaceSize == 0 && whole) {
      algorithms.push_back(proposal.algo);
    }
  }
  return algorithms;
}

bool LtProblem::takes(cublasLtHandle_t handle, const cublasLtMatmulAlgo_t& algorithm) const {
  cublasLtMatmulHeuristicResult_t result = {};
  const cublasStatus_t status =
      lt_->examine(handle, description_, weight_, x_, out_, out_, &algorithm, &result);
  return status == CUBLAS_STATUS_SUCCESS && result.workspaceSize == 0;
}

cublasStatus_t LtProblem::run(cublasLtHandle_t handle, void* out, const bf16* weight, const bf16* x,
                              const cublasLtMatmulAlgo_t& algorithm, cudaStream_t stream) const {
  const float one = 1;
  const float zero = 0;
  return lt_->matmul(handle, description_, &one, weight, weight_, x, x_, &zero, out, out_, out,
                     out_, &algorithm, nullptr, 0, stream);
}

}  // namespace proctor::engine::cuda
