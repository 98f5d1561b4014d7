// Many copies of one size in one call.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <vector>

#include "backends/engine/cuda/stream.h"

namespace proctor::engine::cuda {

// A page has its part of each layer, 28 to 80 of them, hundreds of pages may go at a time, and a
// call takes about as long as the copy of such a part. One copy with a pitch does not serve: it may
// be no more than 2^31 - 1, and the layers of a large cache lie further apart.
class CopyBatch {
 public:
  enum class By {
    any,          // what the driver finds quickest
    copy_engine,  // preferably, so that kernels keep the processors
  };

  // Of copies of so many bytes.
  explicit CopyBatch(std::size_t bytes) : bytes_(bytes) {}

  // Memory of the device, or pinned; no copy may touch what another one writes.
  void add(void* to, const void* from) {
    to_.push_back(to);
    from_.push_back(from);
  }

  // In the stream's order as a whole, in none among themselves.
  void send(By by, Stream& stream) const;

 private:
  std::size_t bytes_;
  std::vector<void*> to_;
  std::vector<const void*> from_;
};

}  // namespace proctor::engine::cuda
