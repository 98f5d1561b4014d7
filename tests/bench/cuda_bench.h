// What the benchmarks of the CUDA device share. A failure ends the program, saying why.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "backends/engine/cuda/bf16.h"
#include "backends/engine/cuda/device_buffer.h"
#include "backends/engine/cuda/stream.h"

namespace proctor::engine::cuda::bench {

template <class T>
T taken(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

inline void done(const Result<void>& result) {
  if (!result) taken(Result<int>(result.error()));
}

template <class T>
DeviceBuffer<T> upload(const std::vector<T>& values, Stream& stream) {
  DeviceBuffer<T> buffer = taken(DeviceBuffer<T>::make(values.size()));
  copy_to_device(buffer.span(), std::span<const T>(values), stream);
  return buffer;
}

// A block of normal deviates over and over: zeros would be read and multiplied faster than a
// model's numbers are.
inline void fill(DeviceSpan<bf16> span, float spread, Stream& stream, float mean = 0) {
  static const std::vector<float> deviates = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values((1 << 20) + 7);  // no divisor of a row
    for (float& value : values) value = normal(random);
    return values;
  }();
  std::vector<bf16> block(std::min(deviates.size(), span.size()));
  for (std::size_t i = 0; i < block.size(); ++i) {
    block[i] = rounded_to_bf16(mean + spread * deviates[i]);
  }
  copy_to_device(span.first(block.size()), std::span<const bf16>(block), stream);
  for (std::size_t filled = block.size(); filled < span.size();) {
    const std::size_t count = std::min(filled, span.size() - filled);
    copy_on_device(span.subspan(filled, count), span.first(count), stream);
    filled += count;
  }
  done(stream.wait());
}

// Lengths from a lognormal distribution with this mean, about, as replies have them; never more
// than 32,768.
class Contexts {
 public:
  explicit Contexts(double mean) : lognormal_(std::log(mean) - kSigma * kSigma / 2, kSigma) {}

  int draw() { return std::clamp(static_cast<int>(lognormal_(random_)), 16, 32'768); }

 private:
  static constexpr double kSigma = 0.8;

  std::mt19937 random_{4};
  std::lognormal_distribution<double> lognormal_;
};

}  // namespace proctor::engine::cuda::bench
