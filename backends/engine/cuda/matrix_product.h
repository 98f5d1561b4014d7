// How the matrices of a model are multiplied: by the kernel of kernels/matmul.h, which is right on
// every device, or by cuBLASLt where it can be shown to be as invariant (lt_product.h); with
// weights in E4M3 always by the kernel, since the library takes these with activations of 8 bits
// only.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/kernels/matmul.h"

namespace proctor::engine::cuda {

// Used by one thread at a time.
class MatrixProduct {
 public:
  virtual ~MatrixProduct() = default;

  // What the bits depend on, besides the GPU: "kernel".
  virtual std::string arithmetic() const = 0;

  // Why it may be slower than it could be; empty: it is not.
  virtual std::string remark() const { return ""; }

  // The rows that the memory of products of up to so many must have: more may be read and written.
  virtual int padded(int rows) const = 0;

  // As matmul(), of the first `rows` rows. out and operands.x are of padded(rows) rows or more;
  // what is in their others afterwards means nothing. A row's result depends on that row alone, to
  // the bit.
  virtual void multiply(DeviceSpan<bf16> out, const MatmulOperands& operands, int rows,
                        Stream& stream) = 0;
  virtual void multiply(DeviceSpan<float> out, const MatmulOperands& operands, int rows,
                        Stream& stream) = 0;
};

class KernelProduct : public MatrixProduct {
 public:
  explicit KernelProduct(std::string remark = "") : remark_(std::move(remark)) {}

  std::string arithmetic() const override { return "kernel"; }
  std::string remark() const override { return remark_; }
  int padded(int rows) const override { return rows; }
  void multiply(DeviceSpan<bf16> out, const MatmulOperands& operands, int rows,
                Stream& stream) override {
    multiply_rows(out, operands, rows, stream);
  }
  void multiply(DeviceSpan<float> out, const MatmulOperands& operands, int rows,
                Stream& stream) override {
    multiply_rows(out, operands, rows, stream);
  }

 private:
  template <class T>
  static void multiply_rows(DeviceSpan<T> out, MatmulOperands operands, int rows, Stream& stream) {
    const auto depth = static_cast<std::size_t>(operands.depth);
    const std::size_t columns = operands.weight.size() / depth;
    operands.x = operands.x.first(static_cast<std::size_t>(rows) * depth);
    matmul(out.first(static_cast<std::size_t>(rows) * columns), operands, stream);
  }

  std::string remark_;
};

}  // namespace proctor::engine::cuda
