// The safetensors format (github.com/huggingface/safetensors, README, "Format"): 8 bytes of header
// length, a JSON header of that length, then the tensors' bytes. Files come from strangers, so
// everything that the header claims is checked before it is believed.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "backends/engine/checkpoint/tensor.h"
#include "harness/core/result.h"

namespace proctor::engine {

using TensorMap = std::map<std::string, TensorView, std::less<>>;

// The tensors of a whole file. The views point into `image`, which must outlive them; each is
// aligned to its element. `__metadata__` is not read. Thread-safe.
// Errors: invalid_input, naming the tensor: a header that is longer than the file or 100 MB, is not
// JSON or names something twice; a type other than F32, BF16, F16 and F8_E4M3; a shape whose size
// overflows or is not that of the bytes; bytes that are out of the file, overlap, leave a hole, or
// begin where their elements would be misaligned.
Result<TensorMap> parse_safetensors(std::span<const std::byte> image);

}  // namespace proctor::engine
