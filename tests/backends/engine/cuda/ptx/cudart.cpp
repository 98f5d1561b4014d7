// The CUDA runtime that programs for the interpreter are linked with: the functions of the
// toolkit's <cuda_runtime_api.h> that our host code calls. Everything is done when it is asked for,
// but inside a capture when the graph is launched.
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/backends/engine/cuda/ptx/machine.h"
#include "tests/backends/engine/cuda/ptx/memory.h"
#include "tests/backends/engine/cuda/ptx/program.h"
#include "tests/backends/engine/cuda/ptx/registry.h"

namespace {

using namespace proctor::ptx;

constexpr std::size_t kMemoryBytes = std::size_t{1} << 40;
constexpr std::size_t kOrdinarySharedBytes = 48 * 1024;
constexpr std::size_t kMostSharedBytes = 227 * 1024;  // of compute capability 9.0

// All that the process knows. Never destroyed: buffers may be given back after main.
struct Runtime {
  GlobalMemory memory;
  std::map<const void*, std::size_t> shared_limits;
  std::string fault;
  std::uint32_t launches = 0;
};

Runtime& runtime() {
  static auto& runtime = *new Runtime;
  return runtime;
}

cudaError_t failed(const std::string& why) {
  runtime().fault = why;
  return cudaErrorLaunchFailure;
}

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

// Memory of the host, or of the device as the host's copies see it.
std::byte* bytes_at(const void* pointer, std::size_t bytes, bool to) {
  if (GlobalMemory::is_device_address(address_of(pointer))) {
    return runtime().memory.copied(address_of(pointer), bytes, to);
  }
  return static_cast<std::byte*>(const_cast<void*>(pointer));
}

using Work = std::function<cudaError_t()>;

}  // namespace

struct CUgraph_st {
  std::vector<Work> works;
};
struct CUgraphExec_st {
  std::vector<Work> works;
};
struct CUstream_st {
  std::unique_ptr<CUgraph_st> captured;  // while it captures
};
struct CUevent_st {};

namespace {

cudaError_t do_in(cudaStream_t stream, Work work) {
  if (stream == nullptr || !stream->captured) return work();
  stream->captured->works.push_back(std::move(work));
  return cudaSuccess;
}

cudaError_t only_outside_capture(cudaStream_t stream) {
  return stream != nullptr && stream->captured ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

cudaError_t run(Launch launch) {
  launch.number = ++runtime().launches;
  run_grid(launch);
  return launch.fault.empty() ? cudaSuccess : failed(launch.fault);
}

}  // namespace

extern "C" {

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function,
                                void** arguments) {
  const Kernel* const kernel = registered_kernel(function, runtime().fault);
  if (kernel == nullptr) return cudaErrorInvalidDeviceFunction;
  const auto limit = runtime().shared_limits.find(function);
  const std::size_t allowed =
      limit == runtime().shared_limits.end() ? kOrdinarySharedBytes : limit->second;
  if (config->dynamicSmemBytes > allowed) return cudaErrorInvalidValue;
  Launch launch;
  launch.kernel = kernel;
  launch.grid = {config->gridDim.x, config->gridDim.y, config->gridDim.z};
  launch.block = {config->blockDim.x, config->blockDim.y, config->blockDim.z};
  launch.shared_bytes = config->dynamicSmemBytes;
  launch.memory = &runtime().memory;
  launch.parameters.resize(kernel->parameter_bytes);
  for (std::size_t i = 0; i < kernel->parameters.size(); ++i) {
    const Parameter& parameter = kernel->parameters[i];
    std::memcpy(launch.parameters.data() + parameter.offset, arguments[i], parameter.bytes);
  }
  return do_in(config->stream, [launch] { return run(launch); });
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorLaunchFailure:
    case cudaErrorInvalidDeviceFunction:
      return runtime().fault.c_str();
    default:
      return "another error";
  }
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (bytes > kMemoryBytes) return cudaErrorMemoryAllocation;
  *memory = reinterpret_cast<void*>(runtime().memory.allocate(bytes));
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  return runtime().memory.release(address_of(memory)) ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = std::malloc(bytes);
  return *memory == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                            cudaStream_t stream) {
  return do_in(stream, [=] {
    if (bytes == 0) return cudaSuccess;
    const std::byte* const source = bytes_at(from, bytes, false);
    std::byte* const target = bytes_at(to, bytes, true);
    if (source == nullptr || target == nullptr) return failed("a copy outside of an allocation");
    std::memmove(target, source, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyBatchAsync(void* const* to, const void* const* from, const std::size_t* bytes,
                                 std::size_t count, cudaMemcpyAttributes*, std::size_t*,
                                 std::size_t, cudaStream_t stream) {
  for (std::size_t i = 0; i < count; ++i) {
    const cudaError_t status = cudaMemcpyAsync(to[i], from[i], bytes[i], cudaMemcpyDefault, stream);
    if (status != cudaSuccess) return status;
  }
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return do_in(stream, [=] {
    if (bytes == 0) return cudaSuccess;
    std::byte* const target = bytes_at(to, bytes, true);
    if (target == nullptr) return failed("a memset outside of an allocation");
    std::memset(target, value, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return only_outside_capture(stream); }

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (stream->captured) return cudaErrorIllegalState;
  stream->captured = std::make_unique<CUgraph_st>();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream->captured) return cudaErrorIllegalState;
  *graph = stream->captured.release();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  *ready = new CUgraphExec_st{graph->works};
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t stream) {
  return only_outside_capture(stream);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  if (const cudaError_t status = only_outside_capture(stream); status != cudaSuccess) return status;
  for (const Work& work : graph->works) {
    if (const cudaError_t status = work(); status != cudaSuccess) return status;
  }
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }

// Of no meaning here; not 0, as time passes.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return cudaErrorInvalidValue;
  *properties = {};
  std::strcpy(properties->name, "interpreter of PTX");
  properties->totalGlobalMem = kMemoryBytes;
  properties->major = 9;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : cudaErrorInvalidValue; }

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  *free = *all = kMemoryBytes;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 2;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute, int value) {
  if (value < 0 || static_cast<std::size_t>(value) > kMostSharedBytes) return cudaErrorInvalidValue;
  runtime().shared_limits[function] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int,
                                                          std::size_t) {
  *blocks = 2;
  return cudaSuccess;
}

}  // extern "C"
