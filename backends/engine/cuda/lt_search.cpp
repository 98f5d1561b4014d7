#include "backends/engine/cuda/lt_search.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/cuda/lt_problem.h"
#include "harness/core/sha256.h"

namespace proctor::engine::cuda {
namespace {

constexpr int kComparedRows = 8;
// Different orders of addition often round to the same bf16. With some 10^-4 of the elements
// differing, so many sets of rows of a thousand columns or more will show it.
constexpr int kTrials = 4;
// More than a GPU's own cache holds, whose contents a decoding step does not find again either.
constexpr std::size_t kForgottenBytes = std::size_t{192} << 20;
constexpr int kTimedRuns = 3;

struct Candidate {
  cublasLtMatmulAlgo_t algorithm = {};
  int rank = 0;  // among the proposals, from 0
};

// By row count, the best ranked first.
using Family = std::map<int, std::vector<Candidate>>;

// A block of deviates over and over.
std::vector<bf16> random_rows(std::size_t elements, std::uint64_t seed) {
  constexpr std::size_t kBlock = (std::size_t{1} << 18) + 7;  // no divisor of a row
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<bf16> rows(elements);
  for (std::size_t i = 0; i < elements; ++i) {
    rows[i] = i < kBlock ? rounded_to_bf16(normal(random)) : rows[i - kBlock];
  }
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
  // Null: there is none.
  const Family* best_ranked(std::span<const int> ladder) const;
  Result<LtChoice> fastest_of(const Family& family);

 private:
  Result<LtProblem> problem_of(int rows) const {
    return LtProblem::make(lt_, shape_, rows, weights_.bias.data());
  }
  // Where the compared rows lie for the second time: other rows of the last tile, other neighbours.
  static int second_place(int rows) { return rows - kComparedRows - 1; }
  Result<std::optional<std::size_t>> bits_of(const LtProblem& problem, int rows,
                                             const cublasLtMatmulAlgo_t& algorithm);
  Result<std::size_t> hash_of(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm,
                              const bf16* x, int first_row);
  Result<float> milliseconds_of(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm);
  bool run(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm, const bf16* x);

  const LtLibrary& lt_;
  cublasLtHandle_t handle_;
  LtShape shape_;
  const MatmulOperands& weights_;
  Stream& stream_;
  DeviceBuffer<bf16> x_;      // each trial's begins with the rows that it compares
  DeviceBuffer<bf16> moved_;  // others, and these at the second place
  DeviceBuffer<std::byte> out_, forgotten_;
  PinnedBuffer<std::byte> compared_;
  std::map<std::size_t, Family> families_;  // by a hash of the compared rows
};

Result<void> Search::begin(int most_rows) {
  const auto depth = static_cast<std::size_t>(shape_.depth);
  const auto rows = static_cast<std::size_t>(most_rows);
  const std::size_t row =
      static_cast<std::size_t>(shape_.columns) * (shape_.wide ? sizeof(float) : sizeof(bf16));
  const std::vector<bf16> x = random_rows((rows + kTrials * kComparedRows) * depth, 1);
  const std::vector<bf16> moved = random_rows(rows * depth, 2);
  for (const auto& [buffer, values] : {std::pair(&x_, &x), std::pair(&moved_, &moved)}) {
    Result<DeviceBuffer<bf16>> made = DeviceBuffer<bf16>::make(values->size());
    if (!made) return made.error();
    *buffer = std::move(*made);
    copy_to_device(buffer->span(), std::span<const bf16>(*values), stream_);
  }
  for (const auto& [buffer, bytes] :
       {std::pair(&out_, rows * row), std::pair(&forgotten_, kForgottenBytes)}) {
    Result<DeviceBuffer<std::byte>> made = DeviceBuffer<std::byte>::make(bytes);
    if (!made) return made.error();
    *buffer = std::move(*made);
  }
  Result<PinnedBuffer<std::byte>> compared = PinnedBuffer<std::byte>::make(kComparedRows * row);
  if (!compared) return compared.error();
  compared_ = std::move(*compared);
  return stream_.wait();
}

Result<void> Search::add(int rows) {
  const Result<LtProblem> problem = problem_of(rows);
  if (!problem) return problem.error();
  const Result<std::vector<cublasLtMatmulAlgo_t>> algorithms = problem->algorithms(handle_);
  if (!algorithms) return algorithms.error();
  for (std::size_t i = 0; i < algorithms->size(); ++i) {
    const Result<std::optional<std::size_t>> bits = bits_of(*problem, rows, (*algorithms)[i]);
    if (!bits) return bits.error();
    if (*bits) families_[**bits][rows].push_back({(*algorithms)[i], static_cast<int>(i)});
  }
  return {};
}

// Nothing, for an algorithm that does not run here or whose bits depend on a row's place.
Result<std::optional<std::size_t>> Search::bits_of(const LtProblem& problem, int rows,
                                                   const cublasLtMatmulAlgo_t& algorithm) {
  if (!run(problem, algorithm, x_.span().data())) return std::optional<std::size_t>();
  const auto compared = kComparedRows * static_cast<std::size_t>(shape_.depth);
  const auto moved_by = static_cast<std::size_t>(second_place(rows) * shape_.depth);
  std::size_t bits = 0;
  for (std::size_t trial = 0; trial < kTrials; ++trial) {
    const DeviceSpan<bf16> x = x_.span().subspan(trial * compared, compared);
    copy_on_device(moved_.span().subspan(moved_by, compared), x, stream_);
    const Result<std::size_t> first = hash_of(problem, algorithm, x.data(), 0);
    if (!first) return first.error();
    const Result<std::size_t> second =
        hash_of(problem, algorithm, moved_.span().data(), second_place(rows));
    if (!second) return second.error();
    if (*first != *second) return std::optional<std::size_t>();
    bits = bits * 31 + *first;
  }
  return std::optional<std::size_t>(bits);
}

bool Search::run(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm, const bf16* x) {
  return problem.run(handle_, out_.span().data(), weights_.weight.wide.data(), x, algorithm,
                     stream_.get()) == CUBLAS_STATUS_SUCCESS;
}

// Of the compared rows. It is remembered by nobody, so any good hash of 64 bits will do.
Result<std::size_t> Search::hash_of(const LtProblem& problem, const cublasLtMatmulAlgo_t& algorithm,
                                    const bf16* x, int first_row) {
  const std::span<std::byte> bytes = compared_.span();
  const std::size_t row = bytes.size() / kComparedRows;
  const DeviceSpan<std::byte> computed =
      out_.span().subspan(static_cast<std::size_t>(first_row) * row, bytes.size());
  clear(computed, stream_);
  run(problem, algorithm, x);
  copy_to_host(bytes, computed, stream_);
  if (Result<void> done = stream_.wait(); !done) return done.error();
  return std::hash<std::string_view>()(
      std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// By rank and not by the clock, so that every GPU of a kind chooses the same.
const Family* Search::best_ranked(std::span<const int> ladder) const {
  const Family* best = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [bits, family] : families_) {
    double cost = 0;
    for (const int rows : ladder) {
      const auto next = family.lower_bound(rows);
      const auto& [count, candidates] = next == family.end() ? *family.rbegin() : *next;
      const double pieces = std::ceil(static_cast<double>(rows) / count);
      cost +=
          pieces * (1 + candidates.front().rank) * std::max(1.0, static_cast<double>(count) / rows);
    }
    if (cost >= least) continue;
    least = cost;
    best = &family;
  }
  return best;
}

// The shortest of some runs with the weights out of the GPU's own cache.
Result<float> Search::milliseconds_of(const LtProblem& problem,
                                      const cublasLtMatmulAlgo_t& algorithm) {
  Result<Event> begin = Event::make();
  if (!begin) return begin.error();
  Result<Event> end = Event::make();
  if (!end) return end.error();
  float shortest = std::numeric_limits<float>::infinity();
  for (int i = 0; i < kTimedRuns; ++i) {
    clear(forgotten_.span(), stream_);
    begin->record(stream_);
    const bool ran = run(problem, algorithm, x_.span().data());
    end->record(stream_);
    if (Result<void> done = stream_.wait(); !done) return done.error();
    if (!ran) return std::numeric_limits<float>::infinity();
    const Result<float> taken = end->milliseconds_since(*begin);
    if (!taken) return taken.error();
    shortest = std::min(shortest, *taken);
  }
  return shortest;
}

Result<LtChoice> Search::fastest_of(const Family& family) {
  LtChoice choice;
  std::string names;
  float next_larger = std::numeric_limits<float>::infinity();
  for (auto entry = family.rbegin(); entry != family.rend(); ++entry) {
    const auto& [rows, candidates] = *entry;
    const auto& words = candidates.front().algorithm.data;
    names += std::to_string(rows);
    for (const std::uint64_t word : words) names.append(" ").append(std::to_string(word));
    const Result<LtProblem> problem = problem_of(rows);
    if (!problem) return problem.error();
    const Candidate* fastest = nullptr;
    float shortest = next_larger;  // no slower than a larger product, or it is of no use
    for (const Candidate& candidate : candidates) {
      const Result<float> taken = milliseconds_of(*problem, candidate.algorithm);
      if (!taken) return taken.error();
      if (*taken >= shortest) continue;
      shortest = *taken;
      fastest = &candidate;
    }
    if (fastest == nullptr) continue;
    choice.by_rows[rows] = fastest->algorithm;
    next_larger = shortest;
  }
  if (choice.by_rows.empty()) {
    return Error(ErrorCode::unavailable, "cuBLASLt's algorithms ran once and then no more");
  }
  choice.family = sha256_hex(names).substr(0, 16);
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
  const Family* family = search.best_ranked(ladder);
  if (family == nullptr) {
    return Error(ErrorCode::unavailable,
                 "cuBLASLt proposes no algorithm without split-K whose rows keep their bits");
  }
  return search.fastest_of(*family);
}

}  // namespace proctor::engine::cuda
