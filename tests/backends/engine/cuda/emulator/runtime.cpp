// The functions that the stand-in <cuda_runtime.h> declares.
#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/backends/engine/cuda/emulator/machine.h"
#include "tests/backends/engine/cuda/emulator/streams.h"

namespace emulator = proctor::emulator;

namespace {

constexpr std::size_t kAlignment = 256;  // as cudaMalloc's
// Of compute capability 9.0, all of them for one block.
constexpr int kMostSharedBytes = 227 * 1024;
constexpr int kOrdinarySharedBytes = 48 * 1024;

// More than any machine that runs tests has.
constexpr std::size_t kMemoryBytes = std::size_t{1} << 40;

cudaError_t allocate(void** memory, std::size_t bytes) {
  if (bytes > kMemoryBytes) return cudaErrorMemoryAllocation;
  *memory = std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  if (*memory == nullptr) return cudaErrorMemoryAllocation;
  std::memset(*memory, 0xFF, bytes);  // NaNs, should anyone read what nobody wrote
  return cudaSuccess;
}

// Memory of the device that was given back is the first to be given out again, where it fits: who
// knows something by its address is to be found out. Both lists outlive all that is static.
constexpr std::size_t kMostLeft = std::size_t{1} << 20;

std::multimap<std::size_t, void*>& left_by_size() {
  static auto& left = *new std::multimap<std::size_t, void*>;
  return left;
}

// Of what is given out.
std::map<void*, std::size_t>& sizes() {
  static auto& sizes = *new std::map<void*, std::size_t>;
  return sizes;
}

std::map<const void*, int>& shared_limits() {
  static std::map<const void*, int> limits;
  return limits;
}

template <class T>
struct ShuffleOperands {
  T value;
  int lane;
};

template <class T>
void exchange(ShuffleOperands<T>* const (&lanes)[32]) {
  T values[32];
  for (int i = 0; i < 32; ++i) values[i] = lanes[i]->value;
  for (ShuffleOperands<T>* lane : lanes) lane->value = values[lane->lane & 31];
}

int this_lane() {
  return static_cast<int>((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) %
                          32);
}

template <class T>
T shuffle(unsigned mask, T value, int lane) {
  if (mask != ~0U) emulator::fault({"a shuffle of part of a warp"});
  ShuffleOperands<T> mine = {value, lane};
  emulator::collective<ShuffleOperands<T>, exchange<T>>("a shuffle", mine);
  return mine.value;
}

template <class T>
T shuffle_up(unsigned mask, T value, unsigned delta) {
  const int from = this_lane() - static_cast<int>(delta);
  return shuffle(mask, value, from < 0 ? this_lane() : from);
}

struct BallotOperands {
  int predicate;
  unsigned result;
};

void count_votes(BallotOperands* const (&lanes)[32]) {
  unsigned votes = 0;
  for (int i = 0; i < 32; ++i) votes |= (lanes[i]->predicate != 0 ? 1U : 0U) << i;
  for (BallotOperands* lane : lanes) lane->result = votes;
}

}  // namespace

void __syncthreads() { emulator::block_barrier(); }

void __syncwarp(unsigned mask) {
  if (mask != ~0U) emulator::fault({"a barrier of part of a warp"});
  emulator::warp_barrier();
}

float __shfl_sync(unsigned mask, float value, int lane) { return shuffle(mask, value, lane); }
float __shfl_xor_sync(unsigned mask, float value, int lane_mask) {
  return shuffle(mask, value, this_lane() ^ lane_mask);
}
unsigned __shfl_sync(unsigned mask, unsigned value, int lane) { return shuffle(mask, value, lane); }
unsigned __shfl_xor_sync(unsigned mask, unsigned value, int lane_mask) {
  return shuffle(mask, value, this_lane() ^ lane_mask);
}
unsigned __shfl_up_sync(unsigned mask, unsigned value, unsigned delta) {
  return shuffle_up(mask, value, delta);
}
unsigned long long __shfl_sync(unsigned mask, unsigned long long value, int lane) {
  return shuffle(mask, value, lane);
}
unsigned long long __shfl_xor_sync(unsigned mask, unsigned long long value, int lane_mask) {
  return shuffle(mask, value, this_lane() ^ lane_mask);
}
unsigned long long __shfl_up_sync(unsigned mask, unsigned long long value, unsigned delta) {
  return shuffle_up(mask, value, delta);
}

unsigned __ballot_sync(unsigned mask, int predicate) {
  if (mask != ~0U) emulator::fault({"a vote of part of a warp"});
  BallotOperands mine = {predicate, 0};
  emulator::collective<BallotOperands, count_votes>("a vote", mine);
  return mine.result;
}

int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0 ? 1 : 0; }

namespace {

// Now, or when the graph that is captured runs.
cudaError_t do_in(cudaStream_t stream, EmulatedWork work) {
  if (stream == nullptr) return work();
  if (!stream->captured) return emulator::give(*stream, {.work = std::move(work)});
  stream->captured->works.push_back(std::move(work));
  return cudaSuccess;
}

// What a stream that captures must not be asked for.
bool captures(cudaStream_t stream) { return stream != nullptr && stream->captured != nullptr; }

// Of the last kernel that failed.
std::string& launch_fault() {
  static std::string fault;
  return fault;
}

// By where they begin.
std::map<const void*, std::size_t>& pinned_memory() {
  static auto& pinned = *new std::map<const void*, std::size_t>;
  return pinned;
}

bool is_pinned(const void* memory) {
  const auto after = pinned_memory().upper_bound(memory);
  if (after == pinned_memory().begin()) return false;
  const auto& [first, bytes] = *std::prev(after);
  return static_cast<const std::byte*>(memory) < static_cast<const std::byte*>(first) + bytes;
}

}  // namespace

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorUnknown:
      return "unknown error";
    case cudaErrorNotReady:
      return "device not ready";
    case cudaErrorIllegalState:
      return "the operation cannot be performed in the present state";
    case cudaErrorLaunchFailure:
      return launch_fault().c_str();
  }
  return "unrecognized error code";
}

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (const auto left = left_by_size().extract(bytes)) {
    *memory = left.mapped();
  } else if (const cudaError_t status = allocate(memory, bytes); status != cudaSuccess) {
    return status;
  }
  sizes()[*memory] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  const auto size = sizes().extract(memory);
  if (!size) return cudaErrorInvalidValue;
  emulator::wait_for_all();  // as the real one does
  if (size.mapped() > kMostLeft) {
    std::free(memory);
  } else {
    std::memset(memory, 0xFF, size.mapped());
    left_by_size().emplace(size.mapped(), memory);
  }
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  const cudaError_t status = allocate(memory, bytes);
  if (status == cudaSuccess) pinned_memory()[*memory] = bytes;
  return status;
}

cudaError_t cudaFreeHost(void* memory) {
  emulator::wait_for_all();
  pinned_memory().erase(memory);
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const bool now = !captures(stream);
  if (now && kind == cudaMemcpyHostToDevice && !is_pinned(from)) {
    const auto* first = static_cast<const std::byte*>(from);
    return do_in(stream, [to, staged = std::vector(first, first + bytes)] {
      std::memcpy(to, staged.data(), staged.size());
      return cudaSuccess;
    });
  }
  const cudaError_t status = do_in(stream, [=] {
    std::memcpy(to, from, bytes);
    return cudaSuccess;
  });
  const bool waits = now && stream != nullptr && kind == cudaMemcpyDeviceToHost && !is_pinned(to);
  return waits ? emulator::wait_for(*stream) : status;
}

cudaError_t cudaMemcpyBatchAsync(void* const* to, const void* const* from, const std::size_t* bytes,
                                 std::size_t count, cudaMemcpyAttributes* attributes,
                                 std::size_t* first_copies, std::size_t attribute_count,
                                 cudaStream_t stream) {
  const bool sound = stream != nullptr && !captures(stream) && count > 0 && attribute_count == 1 &&
                     *first_copies == 0 &&
                     attributes->srcAccessOrder == cudaMemcpySrcAccessOrderStream;
  if (!sound) return cudaErrorInvalidValue;
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
  };
  std::vector<Copy> copies;
  for (std::size_t i = 0; i < count; ++i) copies.push_back({to[i], from[i], bytes[i]});
  std::ranges::reverse(copies);  // their order is nobody's to rely on
  return do_in(stream, [copies] {
    for (const Copy& copy : copies) std::memcpy(copy.to, copy.from, copy.bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return do_in(stream, [=] {
    std::memset(to, value, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new EmulatedStream;
  emulator::add_stream(**stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  emulator::remove_stream(*stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return captures(stream) ? cudaErrorIllegalState : emulator::wait_for(*stream);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (stream->captured) return cudaErrorIllegalState;
  stream->captured = std::make_unique<EmulatedGraph>();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream->captured) return cudaErrorIllegalState;
  *graph = stream->captured.release();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  *ready = new EmulatedGraph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t stream) {
  return captures(stream) ? cudaErrorIllegalState : cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  return do_in(stream, [works = graph->works] {
    cudaError_t status = cudaSuccess;
    for (const EmulatedWork& work : works) {
      if (status == cudaSuccess) status = work();
    }
    return status;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return cudaGraphExecDestroy(graph); }

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (captures(stream)) return cudaErrorIllegalState;
  if (event->mark == nullptr) return cudaSuccess;
  return emulator::give(*stream, {.awaited = event->mark});
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new EmulatedEvent;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (captures(stream)) return cudaErrorIllegalState;
  event->mark = std::make_shared<EmulatedMark>();
  return emulator::give(*stream, {.mark = event->mark});
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return event->mark == nullptr ? cudaSuccess : emulator::wait_for(*event->mark);
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  if (from->mark == nullptr || to->mark == nullptr) return cudaErrorInvalidValue;
  if (!from->mark->reached || !to->mark->reached) return cudaErrorNotReady;
  const std::chrono::duration<float, std::milli> between = to->mark->when - from->mark->when;
  *milliseconds = between.count();
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return cudaErrorInvalidValue;
  *properties = {"emulated GPU", kMemoryBytes, 9, 0};
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : cudaErrorInvalidValue; }

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  *free = *all = kMemoryBytes;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 1;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute, int value) {
  if (value > kMostSharedBytes) return cudaErrorInvalidValue;
  shared_limits()[function] = value;
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int,
                                                          std::size_t) {
  *blocks = 2;
  return cudaSuccess;
}

cudaError_t emulated_launch(const cudaLaunchConfig_t& config, const void* kernel,
                            const std::function<void()>& thread) {
  const auto limit = shared_limits().find(kernel);
  const int allowed = limit == shared_limits().end() ? kOrdinarySharedBytes : limit->second;
  if (config.dynamicSmemBytes > static_cast<std::size_t>(allowed)) return cudaErrorInvalidValue;
  return do_in(config.stream, [config, thread] {
    const bool ran =
        emulator::run_grid(config.gridDim, config.blockDim, config.dynamicSmemBytes, thread);
    if (!ran) launch_fault() = emulator::last_fault();
    return ran ? cudaSuccess : cudaErrorLaunchFailure;
  });
}
