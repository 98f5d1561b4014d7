// The products of matrices by cuBLASLt, with algorithms chosen so that a row's bits depend on that
// row alone (reference/inference.md, section 5).
//
// cuBLASLt computes an output element in an order of its own, which differs between algorithms. For
// each shape of weights, all algorithms without split-K that it proposes for a ladder of row counts
// multiply the same rows, at two places each; those that give the same bits everywhere are a
// family, and the family that cuBLASLt ranks best is used for that shape and no other: it depends
// on the kind of GPU and the library alone. Of its members, which differ in nothing but time, the
// fastest is used for each row count. All this is kept in a file to spare the search. A file that
// is damaged, or names what the library does not take, is as good as none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "backends/engine/cuda/lt_library.h"
#include "backends/engine/cuda/matrix_product.h"

namespace proctor::engine::cuda {

// What the choice of an algorithm depends on besides the number of rows.
struct LtShape {
  int columns = 0;
  int depth = 0;
  bool wide = false;  // fp32 results; else bf16
  bool bias = false;

  auto operator<=>(const LtShape&) const = default;
};

// For some row counts an algorithm each, at least one. Products of other row counts are padded up
// to one of them, or cut into pieces of the largest.
struct LtChoice {
  std::map<int, cublasLtMatmulAlgo_t> by_rows;
  std::string family;  // a name for its bits

  // What the next piece is computed as, with so many rows left.
  std::map<int, cublasLtMatmulAlgo_t>::const_iterator piece_for(int rows) const {
    const auto next = by_rows.lower_bound(rows);
    return next == by_rows.end() ? std::prev(next) : next;
  }
};

class LtProduct : public MatrixProduct {
 public:
  // `cache` is a file that need not be there, or empty. `gpu` names the kind of GPU.
  // Errors: unavailable, when cuBLASLt cannot be loaded or used.
  static Result<std::unique_ptr<LtProduct>> make(const std::string& gpu,
                                                 const std::filesystem::path& cache);
  ~LtProduct() override;

  // Chooses for the shape of these weights, unless the file has; takes some seconds. To be called
  // for each shape before it is multiplied. Errors: unavailable, when no algorithm is proposed.
  Result<void> prepare(const MatmulOperands& weights, bool wide, Stream& stream);
  // Writes what was chosen, all or nothing. Errors: io.
  Result<void> save() const;

  std::string arithmetic() const override;
  int padded(int rows) const override;  // once all shapes are prepared
  void multiply(DeviceSpan<bf16> out, const MatmulOperands& operands, int rows,
                Stream& stream) override;
  void multiply(DeviceSpan<float> out, const MatmulOperands& operands, int rows,
                Stream& stream) override;

 private:
  LtProduct(const LtLibrary& lt, cublasLtHandle_t handle, std::string gpu,
            std::filesystem::path cache);
  void load();
  bool takes(const LtShape& shape, const LtChoice& choice, const bf16* bias) const;
  void run(void* out, const LtShape& shape, const MatmulOperands& operands, int rows,
           Stream& stream);
  void launch(void* out, const LtShape& shape, const bf16* x, const MatmulOperands& operands,
              int rows, const cublasLtMatmulAlgo_t& algorithm, Stream& stream) const;

  const LtLibrary& lt_;
  cublasLtHandle_t handle_;
  std::string gpu_;
  std::filesystem::path cache_;
  std::map<LtShape, LtChoice> choices_;  // those of the file, too
  std::set<LtShape> prepared_;           // what this model multiplies
  KernelProduct kernel_;                 // for weights in E4M3
};

}  // namespace proctor::engine::cuda
