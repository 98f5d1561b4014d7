// The functions by which nvcc's host code announces what an object file holds (crt/host_runtime.h).
//
// nvcc puts the PTX of a file into its object file; --no-compress leaves it as text, which is found
// there as it is.
#include "tests/backends/engine/cuda/ptx/registry.h"

#include <cuda_runtime_api.h>
#include <fatbinary_section.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace proctor::ptx {

namespace {

// Objects of other files announce themselves before main and take their leave after it, so this is
// never destroyed.
struct Registry {
  std::vector<const __fatBinC_Wrapper_t*> binaries;  // not read yet
  std::map<const void*, std::string> names;          // mangled, of kernels by host function
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
  std::string fault;  // of the first that could not be read
};

Registry& registry() {
  static auto& registry = *new Registry;
  return registry;
}

// The container around the text has its size in its second 8 bytes, without the 16 of its head.
std::string_view text_of(const __fatBinC_Wrapper_t& binary) {
  const std::string_view whole(reinterpret_cast<const char*>(binary.data),
                               static_cast<std::size_t>(binary.data[1]) + 16);
  const std::size_t start = whole.find(".version ");
  if (start == std::string_view::npos) return {};
  return whole.substr(start, whole.find('\0', start) - start);
}

void read_binaries() {
  Registry& all = registry();
  for (const __fatBinC_Wrapper_t* binary : std::exchange(all.binaries, {})) {
    const std::string_view text = text_of(*binary);
    auto read = parse_module(text);
    if (read && !text.empty()) {
      all.kernels.merge(*read);
    } else if (all.fault.empty()) {
      all.fault = read ? "no PTX in an object file" : read.error().message();
    }
  }
}

}  // namespace

const Kernel* registered_kernel(const void* function, std::string& fault) {
  read_binaries();
  fault = registry().fault;
  if (!fault.empty()) return nullptr;
  const auto name = registry().names.find(function);
  if (name == registry().names.end()) {
    fault = "no kernel of this function";
    return nullptr;
  }
  const auto kernel = registry().kernels.find(name->second);
  if (kernel == registry().kernels.end()) {
    fault = "no PTX of " + name->second;
    return nullptr;
  }
  return kernel->second.get();
}

}  // namespace proctor::ptx

extern "C" {

void** __cudaRegisterFatBinary(void* binary) {
  proctor::ptx::registry().binaries.push_back(static_cast<const __fatBinC_Wrapper_t*>(binary));
  static void* handle = nullptr;
  return &handle;
}

void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}

void __cudaRegisterFunction(void**, const char* function, char*, const char* name, int, uint3*,
                            uint3*, dim3*, dim3*, int*) {
  proctor::ptx::registry().names[function] = name;
}

// For <<<>>>, which nobody writes: kernels are launched through cudaLaunchKernelExC only.
cudaError_t __cudaGetKernel(cudaKernel_t*, const void*) { return cudaErrorNotSupported; }
unsigned __cudaPushCallConfiguration(dim3, dim3, size_t, CUstream_st*) { return 1; }
cudaError_t __cudaPopCallConfiguration(dim3*, dim3*, size_t*, void*) {
  return cudaErrorNotSupported;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void**, size_t, cudaStream_t) {
  return cudaErrorNotSupported;
}

}  // extern "C"
