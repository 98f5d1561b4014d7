// The kernels' tests on the hardware: it orders the threads as it will.
#include <cuda_runtime.h>

#include <cstdio>

#include "tests/backends/engine/cuda/fixture.h"

namespace proctor::engine::cuda::fixture {

// Of tests that are stopped, because one waits for the GPU for ever, it is known which ran.
[[maybe_unused]] const int kLineByLine = std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);

bool has_device() {
  int devices = 0;
  return cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
}

void in_every_order(const std::function<void()>& body) { body(); }
void in_every_order_of_streams(const std::function<void()>& body) { body(); }

}  // namespace proctor::engine::cuda::fixture
