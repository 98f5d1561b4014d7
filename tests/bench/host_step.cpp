// What a decoding step costs the host, beside what it must take the GPU: the scheduler's step, and
// the arrays that the kernels read, up to the copy into pinned memory. No device is asked.
//
//   host_step
//
// Sequences of R1-Distill-Qwen 1.5B whose contexts are drawn from a lognormal distribution. The
// GPU's time is what reading their keys and values and the weights takes at 4.3 TB/s, the figure of
// an H200 in reference/inference.md, section 2; the host works while the GPU does, so a part well
// below 1 costs nothing.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backends/engine/cuda/kernels/kv_layout.h"
#include "backends/engine/cuda/step_batch.h"
#include "backends/engine/cuda/step_bucket.h"
#include "backends/engine/scheduler/scheduler.h"

namespace {

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::cuda;
using Clock = std::chrono::steady_clock;

constexpr int kPages = 80'000;
constexpr int kStepTokens = 1 << 20;  // so that the prompts are soon behind it
constexpr std::int32_t kSpareSlot = kPages * kPagePositions;
constexpr AttentionRoom kRoom = {.group = 6, .max_partials = 250'000, .at_a_time = 132};
constexpr double kWeightBytes = 3.1e9;
constexpr double kBytesPerPosition = 28 * 1024;
constexpr double kBytesPerSecond = 4.3e12;

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// Makes a step's arrays as the CUDA device does, and draws the same token for everyone.
class HostHalf : public Device {
 public:
  std::string description() const override { return "no device"; }
  std::string arithmetic() const override { return "none"; }
  int page_size() const override { return kPagePositions; }
  int pages() const override { return kPages; }
  int max_step_tokens() const override { return kStepTokens; }
  bool works_beside_host() const override { return true; }
  void set_stop_tokens(std::span<const std::int32_t>) override {}
  Result<void> copy_page(int, int) override { return {}; }
  Result<bool> swap_out(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return false;
  }
  Result<void> swap_in(std::span<const std::int32_t>, std::span<const std::int32_t>) override {
    return {};
  }

  Result<void> submit(std::span<const SequenceSlice> slices) override {
    const Clock::time_point start = Clock::now();
    StepBatch batch = make_step_batch(slices, kRoom, wanted_);
    wanted_ = batch.wanted;
    if (const auto bucket = bucket_of(batch, kStepTokens)) fill_up(batch, *bucket, kSpareSlot);
    bytes_ = 0;
    put(batch.tokens);
    put(batch.positions);
    put(batch.cache_slots);
    put(batch.wanted_rows);
    put(batch.slices);
    put(batch.pages);
    put(batch.plan.items);
    put(batch.plan.merges);
    put(batch.requests);
    put(batch.drawn_rows);
    arrays_time_ += Clock::now() - start;
    decoded_ = slices.size() == batch.wanted.size() ? slices.size() : 0;
    return {};
  }
  Result<void> collect(std::span<SampledToken> sampled) override {
    std::ranges::fill(sampled, SampledToken{.id = 7});
    return {};
  }

  std::size_t decoded() const {
    return decoded_;
  }                                             // sequences of the last step, if it only decoded
  std::size_t bytes() const { return bytes_; }  // that the device would be sent for it
  Clock::duration take_arrays_time() { return std::exchange(arrays_time_, {}); }

 private:
  template <class T>
  void put(const std::vector<T>& values) {
    const std::size_t size = values.size() * sizeof(T);
    if (memory_.size() < bytes_ + size) memory_.resize(2 * (bytes_ + size));
    if (size > 0) std::memcpy(memory_.data() + bytes_, values.data(), size);
    bytes_ += size;
  }

  std::vector<WantedLogits> wanted_;
  std::vector<std::byte> memory_;
  std::size_t bytes_ = 0;
  std::size_t decoded_ = 0;
  Clock::duration arrays_time_{};
};

class Silent : public SequenceObserver {
 public:
  bool token(std::int64_t, const SampledToken&) override { return true; }
  void finished(std::int64_t, SequenceEnd) override {}
};

void done(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::exit(1);
}

// Of so many sequences, with this mean.
std::vector<int> contexts(int sequences, int mean) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> lognormal(0, 0.8);
  std::vector<double> drawn(static_cast<std::size_t>(sequences));
  double sum = 0;
  for (double& each : drawn) sum += each = lognormal(random);
  std::vector<int> lengths;
  for (const double each : drawn) {
    lengths.push_back(std::clamp(static_cast<int>(each * mean * sequences / sum), 16, 32'000));
  }
  return lengths;
}

void measure(int sequences, int mean) {
  HostHalf device;
  Scheduler scheduler(device, {.max_sequences = sequences,
                               .step_tokens = kStepTokens,
                               .max_context = 40'960,
                               .reserve = 0,
                               .one_behind = true});
  std::mt19937 random(2);
  std::int64_t id = 0;
  double positions = 0;
  for (const int length : contexts(sequences, mean)) {
    std::vector<std::int32_t> prompt(static_cast<std::size_t>(length));
    for (std::int32_t& token : prompt) token = static_cast<std::int32_t>(random() % 1000);
    done(scheduler.submit(
        {.id = id++, .prompt = std::move(prompt), .max_new_tokens = 8000, .sampling = {}}));
    positions += length;
  }
  Silent silent;
  for (int i = 0; i < 10;) {
    done(scheduler.step(silent));
    if (device.decoded() == static_cast<std::size_t>(sequences)) ++i;
  }
  std::vector<std::pair<double, double>> times;  // of a step, of its arrays
  for (int i = 0; i < 200; ++i) {
    device.take_arrays_time();
    const Clock::time_point start = Clock::now();
    done(scheduler.step(silent));
    times.emplace_back(microseconds(Clock::now() - start), microseconds(device.take_arrays_time()));
  }
  std::ranges::sort(times);
  const auto [step, arrays] = times[times.size() / 2];
  const double gpu = (positions * kBytesPerPosition + kWeightBytes) / kBytesPerSecond * 1e6;
  std::printf(
      "%3d sequences, mean context %4d: host %6.0f us (arrays %5.0f us, %4zu KB), GPU %6.0f us: "
      "%.3f of it\n",
      sequences, mean, step, arrays, device.bytes() / 1024, gpu, step / gpu);
}

}  // namespace

int main() {
  measure(64, 1000);
  measure(256, 1000);
  measure(64, 8200);
  measure(256, 8200);
  measure(600, 8200);
}
