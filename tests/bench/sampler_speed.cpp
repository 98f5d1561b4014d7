// What drawing a token costs with a vocabulary of 151,936: in all, with the processor's best
// kernels, and without computing the weights, which a device's kernel does.
//
//   sampler_speed
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "backends/engine/cpu/kernels.h"
#include "backends/engine/sampler/sampler.h"

namespace {

using namespace proctor::engine;

constexpr int kDraws = 50;

std::vector<float> random_logits() {
  std::mt19937_64 random(10);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(151'936);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

double microseconds_a_draw(WeighLogits weigh, const std::vector<float>& logits,
                           const SamplingParameters& parameters) {
  Sampler sampler(weigh);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < kDraws; ++i) sampler.draw(logits, parameters, i, 0);
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
  return taken.count() / kDraws;
}

// Weights that were computed before and only have to be copied.
std::vector<std::uint64_t>& ready_weights() {
  static std::vector<std::uint64_t> weights;
  return weights;
}

void copy_weights(std::span<const float>, float, float, std::uint64_t* out) {
  std::copy(ready_weights().begin(), ready_weights().end(), out);
}

}  // namespace

int main() {
  const std::vector<float> logits = random_logits();
  ready_weights().resize(logits.size());
  weigh_logits_reference(logits, *std::max_element(logits.begin(), logits.end()), 1 / 0.6F,
                         ready_weights().data());
  struct Row {
    const char* name;
    SamplingParameters parameters;
  };
  const Row rows[] = {
      {"greedy", {.temperature = 0}},
      {"all", {.temperature = 0.6F}},
      {"top-p", {.temperature = 0.6F, .top_p = 0.95F}},
      {"top-k and top-p", {.temperature = 0.6F, .top_p = 0.95F, .top_k = 50}},
  };
  const cpu::Kernels& kernels = cpu::best_kernels();
  for (const Row& row : rows) {
    std::printf("%-16s %8.1f us a token, %8.1f without the weights\n", row.name,
                microseconds_a_draw(kernels.weigh_logits, logits, row.parameters),
                microseconds_a_draw(copy_weights, logits, row.parameters));
  }
  return 0;
}
