#include "tests/backends/engine/cuda/lt/fake_library.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/kernels/matmul.h"
#include "backends/engine/cuda/lt_library.h"

namespace proctor::engine::cuda {
namespace {

std::function<std::vector<FakeAlgorithm>(int)> proposals_of;
std::vector<FakeCall> all_calls;
float clock_milliseconds = 0;

struct Layout {
  cudaDataType type = {};
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
};

// The opaque structures are large enough for these.
template <class T, class Opaque>
T read(const Opaque* from) {
  static_assert(sizeof(T) <= sizeof(Opaque));
  T value;
  std::memcpy(static_cast<void*>(&value), from, sizeof value);
  return value;
}
template <class T, class Opaque>
void write(Opaque* to, const T& value) {
  static_assert(sizeof(T) <= sizeof(Opaque));
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

// The functions, by the names that LtLibrary has for them.
namespace fake {
namespace {

cublasStatus_t create(cublasLtHandle_t* handle) {
  *handle = nullptr;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t destroy(cublasLtHandle_t) { return CUBLAS_STATUS_SUCCESS; }
std::size_t version() { return 130'000; }

cublasStatus_t describe(cublasLtMatmulDesc_t* description, cublasComputeType_t, cudaDataType_t) {
  *description = new cublasLtMatmulDescOpaque_t{};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t destroy_description(cublasLtMatmulDesc_t description) {
  delete description;
  return CUBLAS_STATUS_SUCCESS;
}
// Of a description only the bias is kept.
cublasStatus_t set_description(cublasLtMatmulDesc_t description,
                               cublasLtMatmulDescAttributes_t attribute, const void* value,
                               std::size_t size) {
  if (attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER) std::memcpy(description, value, size);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t lay_out(cublasLtMatrixLayout_t* layout, cudaDataType type, std::uint64_t rows,
                       std::uint64_t columns, std::int64_t stride) {
  if (stride != static_cast<std::int64_t>(rows)) return CUBLAS_STATUS_INVALID_VALUE;
  *layout = new cublasLtMatrixLayoutOpaque_t{};
  write(*layout, Layout{type, rows, columns});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t destroy_layout(cublasLtMatrixLayout_t layout) {
  delete layout;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t prefer(cublasLtMatmulPreference_t* preference) {
  *preference = new cublasLtMatmulPreferenceOpaque_t{};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t destroy_preference(cublasLtMatmulPreference_t preference) {
  delete preference;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t set_preference(cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t,
                              const void*, std::size_t) {
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t propose(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                       cublasLtMatrixLayout_t x, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                       cublasLtMatmulPreference_t, int most,
                       cublasLtMatmulHeuristicResult_t results[], int* found) {
  const int rows = static_cast<int>(read<Layout>(x).columns);
  *found = 0;
  for (const FakeAlgorithm& algorithm : proposals_of(rows)) {
    if (*found == most) break;
    cublasLtMatmulHeuristicResult_t& result = results[(*found)++];
    result = {};
    write(&result.algo, FakeCall{algorithm, rows});
  }
  return *found == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t configuration(const cublasLtMatmulAlgo_t* algorithm,
                             cublasLtMatmulAlgoConfigAttributes_t, void* value, std::size_t,
                             std::size_t*) {
  const auto splits = static_cast<std::uint32_t>(read<FakeCall>(algorithm).algorithm.splits);
  std::memcpy(value, &splits, sizeof splits);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t examine(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
                       cublasLtMatrixLayout_t x, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                       const cublasLtMatmulAlgo_t* algorithm, cublasLtMatmulHeuristicResult_t*) {
  const int rows = static_cast<int>(read<Layout>(x).columns);
  const auto call = read<FakeCall>(algorithm);
  for (const FakeAlgorithm& known : proposals_of(rows)) {
    if (call.rows == rows && call.algorithm == known) return CUBLAS_STATUS_SUCCESS;
  }
  return CUBLAS_STATUS_NOT_SUPPORTED;
}

// Rounded so roughly that every order shows.
float dot(const bf16* a, const bf16* b, std::uint64_t depth, std::uint64_t order) {
  float sum = 0;
  for (std::uint64_t first = 0; first < order; ++first) {
    float part = 0;
    for (std::uint64_t k = first; k < depth; k += order) part += widen(a[k]) * widen(b[k]);
    sum = widen(rounded_to_bf16(sum + part));
  }
  return sum;
}

cublasStatus_t multiply(cublasLtHandle_t, cublasLtMatmulDesc_t description, const void*,
                        const void* weight, cublasLtMatrixLayout_t weight_layout, const void* x,
                        cublasLtMatrixLayout_t x_layout, const void*, const void*,
                        cublasLtMatrixLayout_t, void* out, cublasLtMatrixLayout_t out_layout,
                        const cublasLtMatmulAlgo_t* algorithm, void*, std::size_t, cudaStream_t) {
  const Layout matrix = read<Layout>(weight_layout);
  const std::uint64_t rows = read<Layout>(x_layout).columns;
  const bool wide = read<Layout>(out_layout).type == CUDA_R_32F;
  const auto call = read<FakeCall>(algorithm);
  // The real ones take other row counts as well, in bits that nobody has compared.
  if (static_cast<std::uint64_t>(call.rows) != rows) return CUBLAS_STATUS_NOT_SUPPORTED;
  all_calls.push_back(call);
  clock_milliseconds += call.algorithm.milliseconds;
  const auto* bias = read<const bf16*>(description);
  for (std::uint64_t row = 0; row < rows; ++row) {
    const bool moved = call.algorithm.place_counts != 0 && row % 2 == 1;
    const auto order = static_cast<std::uint64_t>(call.algorithm.order + (moved ? 1 : 0));
    for (std::uint64_t column = 0; column < matrix.columns; ++column) {
      float sum = dot(static_cast<const bf16*>(weight) + column * matrix.rows,
                      static_cast<const bf16*>(x) + row * matrix.rows, matrix.rows, order);
      if (bias != nullptr) sum += widen(bias[column]);
      const std::uint64_t at = row * matrix.columns + column;
      if (wide) {
        static_cast<float*>(out)[at] = sum;
      } else {
        static_cast<bf16*>(out)[at] = rounded_to_bf16(sum);
      }
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace
}  // namespace fake

void FakeLibrary::reset(std::function<std::vector<FakeAlgorithm>(int rows)> proposals) {
  proposals_of = std::move(proposals);
  all_calls.clear();
}
const std::vector<FakeCall>& FakeLibrary::calls() { return all_calls; }
void FakeLibrary::forget_calls() { all_calls.clear(); }
float FakeLibrary::now() { return clock_milliseconds; }

Result<const LtLibrary*> LtLibrary::load() {
  static const LtLibrary library = {.create = fake::create,
                                    .destroy = fake::destroy,
                                    .version = fake::version,
                                    .matmul = fake::multiply,
                                    .describe = fake::describe,
                                    .destroy_description = fake::destroy_description,
                                    .set_description = fake::set_description,
                                    .lay_out = fake::lay_out,
                                    .destroy_layout = fake::destroy_layout,
                                    .prefer = fake::prefer,
                                    .destroy_preference = fake::destroy_preference,
                                    .set_preference = fake::set_preference,
                                    .propose = fake::propose,
                                    .configuration = fake::configuration,
                                    .examine = fake::examine};
  return &library;
}

Result<void> to_result(cublasStatus_t status, std::string_view call) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  return Error(ErrorCode::unavailable, std::string(call) + ": status " + std::to_string(status));
}

// What the product falls back on for weights in E4M3, of which there are none here.
void matmul(DeviceSpan<bf16>, const MatmulOperands&, Stream&) { check(false); }
void matmul(DeviceSpan<float>, const MatmulOperands&, Stream&) { check(false); }

}  // namespace proctor::engine::cuda
