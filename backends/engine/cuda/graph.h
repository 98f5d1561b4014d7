// A list of launches that the device repeats at one word from the host.
#pragma once

#include <cuda_runtime.h>

#include <functional>

#include "backends/engine/cuda/stream.h"
#include "harness/core/result.h"

namespace proctor::engine::cuda {

// A CUDA graph, made ready to run. It repeats the launches with the very arguments that they were
// captured with; what varies lies in the memory that these point to. Move-only.
class Graph {
 public:
  // What `launches` gives to `stream`, which does not run now. Not allowed among them: taking or
  // giving back memory, waiting, the first use of a kernel. Errors: unavailable; the stream may
  // then be of no further use.
  static Result<Graph> capture(Stream& stream, const std::function<void()>& launches);
  Graph(Graph&& other) noexcept;
  Graph& operator=(Graph&& other) noexcept;
  ~Graph();

  // Queues them all. The graph must not be destroyed before they are done.
  void launch(Stream& stream);

 private:
  explicit Graph(cudaGraphExec_t graph) : graph_(graph) {}

  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace proctor::engine::cuda
