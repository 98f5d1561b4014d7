// How weights or a KV cache are held: as the device computes, or in half the bytes.
#pragma once

namespace proctor::engine {

enum class Precision {
  full,  // weights as stored; the cache in bf16 on a GPU, in f32 on the CPU
  fp8,   // E4M3 with scales (checkpoint/e4m3.h): another model, to be named in every result
};

}  // namespace proctor::engine
