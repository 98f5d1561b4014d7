#include "backends/engine/cuda/copy_batch.h"

namespace proctor::engine::cuda {

void CopyBatch::send(By by, Stream& stream) const {
  if (to_.empty() || stream.failed()) return;
  const std::vector<std::size_t> sizes(to_.size(), bytes_);
  cudaMemcpyAttributes attributes = {};
  attributes.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
  attributes.flags = by == By::copy_engine ? cudaMemcpyFlagPreferOverlapWithCompute : 0;
  std::size_t first_with_them = 0;
  stream.note(cudaMemcpyBatchAsync(to_.data(), from_.data(), sizes.data(), to_.size(), &attributes,
                                   &first_with_them, 1, stream.get()),
              "cudaMemcpyBatchAsync");
}

}  // namespace proctor::engine::cuda
