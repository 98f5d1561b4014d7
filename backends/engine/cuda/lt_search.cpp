#include "backends/engine/cuda/lt_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backends/engine/cuda/lt_problem.h"
#include "harness/core/sha256.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kComparedRows = 8;
// Where the compared rows lie in a second product: other rows of a tile, other neighbours.
constexpr int kSecondPlace = 7;

struct Candidate {
  cublasLtMatmulAlgo_t algorithm = {};
  int rank = 0;  // among the proposals, from 0
};

// By the bits of the compared rows, then by row count: the first proposed.
using Families = std::map<std::string, std::map<int, Candidate>>;

std::vector<bf16> random_rows(std::size_t elements, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<bf16> rows(elements);
  for (bf16& element : rows) element = rounded_to_bf16(normal(random));
  return rows;
}

class Search {
 public:
  Search(const LtLibrary& lt, cublasLtHandle_t handle, const LtShape& shape,
         const MatmulOperands& weights, Stream& stream)
      : lt_(lt), handle_(handle), shape_(shape), weights_(weights), stream_(stream) {}

  Result<void> begin(int most_rows);
  // Files all algorithms proposed for that many rows.
  Result<void> add(int rows);
  Result<LtChoice> best(std::span<const int> ladder) const;

 private:
  Result<std::optional<std::string>> bits_of(const LtProblem& problem,
                                             const cublasLtMatmulAlgo_t& algorithm);
  Result<std::string> digest(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm,
                             const bf16* x, int first_row);
  bool run(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm, const bf16* x);

  const LtLibrary& lt_;
  cublasLtHandle_t handle_;
  LtShape shape_;
  const MatmulOperands& weights_;
  Stream& stream_;
  DeviceBuffer<bf16> x_, moved_;  // the compared rows at 0 and at kSecondPlace
  DeviceBuffer<std::byte> out_;
  Families families_;
};

Result<void> Search::begin(int most_rows) {
  const auto depth = static_cast<std::size_t>(shape_.depth);
  const auto rows = static_cast<std::size_t>(most_rows);
  const std::size_t element = shape_.wide ? sizeof(float) : sizeof(bf16);
  std::vector<bf16> x = random_rows(rows * depth, 1);
  std::vector<bf16> moved = random_rows(rows * depth, 2);
  std::copy_n(x.begin(), kComparedRows * depth,
              moved.begin() + static_cast<std::ptrdiff_t>(kSecondPlace * depth));
  for (const auto& [buffer, values] : {std::pair(&x_, &x), std::pair(&moved_, &moved)}) {
    Result<DeviceBuffer<bf16>> made = DeviceBuffer<bf16>::make(values->size());
    if (!made) return made.error();
    *buffer = std::move(*made);
    copy_to_device(buffer->span(), std::span<const bf16>(*values), stream_);
  }
  Result<DeviceBuffer<std::byte>> out =
      DeviceBuffer<std::byte>::make(rows * static_cast<std::size_t>(shape_.columns) * element);
  if (!out) return out.error();
  out_ = std::move(*out);
  return stream_.wait();
}

Result<void> Search::add(int rows) {
  const Result<LtProblem> problem = LtProblem::make(lt_, shape_, rows, weights_.bias.data());
  if (!problem) return problem.error();
  const Result<std::vector<cublasLtMatmulAlgo_t>> algorithms = problem->algorithms(handle_);
  if (!algorithms) return algorithms.error();
  for (std::size_t i = 0; i < algorithms->size(); ++i) {
    const Result<std::optional<std::string>> bits = bits_of(*problem, (*algorithms)[i]);
    if (!bits) return bits.error();
    if (*bits) families_[**bits].try_emplace(rows, (*algorithms)[i], static_cast<int>(i));
  }
  return {};
}

// Nothing, for an algorithm that does not run here or whose bits depend on a row's place.
Result<std::optional<std::string>> Search::bits_of(const LtProblem& problem,
                                                   const cublasLtMatmulAlgo_t& algorithm) {
  if (!run(problem, algorithm, x_.span().data())) return std::optional<std::string>();
  const Result<std::string> first = digest(problem, algorithm, x_.span().data(), 0);
  if (!first) return first.error();
  const Result<std::string> second = digest(problem, algorithm, moved_.span().data(), kSecondPlace);
  if (!second) return second.error();
  return *first == *second ? std::optional<std::string>(*first) : std::nullopt;
}

bool Search::run(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm, const bf16* x) {
  return problem.run(handle_, out_.span().data(), weights_.weight.wide.data(), x, algorithm,
                     stream_.get()) == CUBLAS_STATUS_SUCCESS;
}

Result<std::string> Search::digest(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm,
                                   const bf16* x, int first_row) {
  clear(out_.span(), stream_);
  run(problem, algorithm, x);
  const std::size_t row =
      static_cast<std::size_t>(shape_.columns) * (shape_.wide ? sizeof(float) : sizeof(bf16));
  std::vector<std::byte> bytes(kComparedRows * row);
  copy_to_host(std::span(bytes),
               out_.span().subspan(static_cast<std::size_t>(first_row) * row, bytes.size()),
               stream_);
  if (Result<void> done = stream_.wait(); !done) return done.error();
  return sha256_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// By rank and not by the clock, so that every GPU of a kind chooses the same.
Result<LtChoice> Search::best(std::span<const int> ladder) const {
  const std::map<int, Candidate>* chosen = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [bits, family] : families_) {
    double cost = 0;
    for (const int rows : ladder) {
      const auto next = family.lower_bound(rows);
      const auto& [count, candidate] = next == family.end() ? *family.rbegin() : *next;
      const double pieces = std::ceil(static_cast<double>(rows) / count);
      cost += pieces * (1 + candidate.rank) * std::max(1.0, static_cast<double>(count) / rows);
    }
    if (cost >= least) continue;
    least = cost;
    chosen = &family;
  }
  if (chosen == nullptr) {
    return Error(ErrorCode::unavailable,
                 "cuBLASLt proposes no algorithm without split-K whose "
                 "rows keep their bits");
  }
  LtChoice choice;
  for (const auto& [rows, candidate] : *chosen) choice.by_rows[rows] = candidate.algorithm;
  return choice;
}

}  // namespace

Result<LtChoice> choose_algorithms(const LtLibrary& lt, cublasLtHandle_t handle,
                                   const LtShape& shape, const MatmulOperands& weights,
                                   std::span<const int> ladder, Stream& stream) {
  Search search(lt, handle, shape, weights, stream);
  if (Result<void> begun = search.begin(ladder.back()); !begun) return begun.error();
  for (const int rows : ladder) {
    if (Result<void> added = search.add(rows); !added) return added.error();
  }
  return search.best(ladder);
}

}  // namespace proctor::engine::cuda
