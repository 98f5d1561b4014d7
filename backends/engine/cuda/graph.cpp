#include "backends/engine/cuda/graph.h"

#include <utility>

namespace proctor::engine::cuda {

Result<Graph> Graph::capture(Stream& stream, const std::function<void()>& launches) {
  const Result<void> begun =
      to_result(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal),
                "cudaStreamBeginCapture");
  if (!begun) return begun.error();
  launches();
  cudaGraph_t captured = nullptr;
  stream.note(cudaStreamEndCapture(stream.get(), &captured), "cudaStreamEndCapture");
  cudaGraphExec_t ready = nullptr;
  if (!stream.failed()) {
    stream.note(cudaGraphInstantiate(&ready, captured, 0), "cudaGraphInstantiate");
  }
  if (captured != nullptr) cudaGraphDestroy(captured);
  Graph graph(ready);
  // Takes the device's memory for it: a failure then is that of the capture, not of a launch.
  if (!stream.failed()) stream.note(cudaGraphUpload(ready, stream.get()), "cudaGraphUpload");
  if (const Result<void> done = stream.wait(); !done) return done.error();
  return graph;
}

Graph::Graph(Graph&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}

Graph& Graph::operator=(Graph&& other) noexcept {
  std::swap(graph_, other.graph_);
  return *this;
}

Graph::~Graph() {
  if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
}

void Graph::launch(Stream& stream) {
  if (!stream.failed()) stream.note(cudaGraphLaunch(graph_, stream.get()), "cudaGraphLaunch");
}

}  // namespace proctor::engine::cuda
