// Whole runs at random on the CUDA device: sequences that share prompts, stop, are cancelled, make
// room for each other and come back, with prompts cut anywhere. Each must write what it writes
// alone.
#include <algorithm>
#include <map>
#include <optional>

#include "backends/engine/cuda/cuda_device.h"
#include "backends/engine/scheduler/scheduler.h"
#include "tests/backends/engine/cuda/fixture.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr int kMaxContext = 200;
constexpr std::int32_t kPagesOfOne = 4;  // that the longest takes

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  int between(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool once_in(int times) { return between(1, times) == 1; }

 private:
  Random random_;
};

struct Written {
  std::vector<std::int32_t> tokens;
  std::optional<SequenceEnd> end;

  bool operator==(const Written&) const = default;
};

// Ends some sequences itself, as stop strings do.
struct Watcher : SequenceObserver {
  bool token(std::int64_t id, const SampledToken& token) override {
    CHECK_FALSE(written[id].end);
    written[id].tokens.push_back(token.id);
    return token.id % 97 != 5;
  }
  void finished(std::int64_t id, SequenceEnd end) override {
    CHECK_FALSE(written[id].end);
    written[id].end = end;
  }
  std::map<std::int64_t, Written> written;
};

struct Load {
  std::vector<SequenceRequest> requests;
  std::vector<std::int32_t> stop_tokens;
};

Load random_load(Dice& dice, int vocab_size) {
  Load load;
  for (int i = dice.between(5, 15); i > 0; --i) {
    load.stop_tokens.push_back(dice.between(0, vocab_size - 1));
  }
  std::vector<std::vector<std::int32_t>> prompts;
  // The end of a page is near: most come to need another one.
  for (const int length : {dice.between(54, 63), dice.between(1, 130)}) {
    prompts.push_back(random_ids(static_cast<std::uint64_t>(dice.between(1, 1 << 20)),
                                 static_cast<std::size_t>(length), vocab_size));
  }
  for (int id = dice.between(3, 4); id >= 0; --id) {
    load.requests.push_back({.id = id,
                             .prompt = prompts[dice.once_in(4) ? 1 : 0],
                             .max_new_tokens = dice.between(4, 18),
                             .sampling = {.temperature = dice.once_in(4) ? 0.0F : 1.0F},
                             .seed = static_cast<std::uint64_t>(dice.between(1, 1 << 20))});
  }
  return load;
}

struct Machine {
  cuda::CudaOptions device;
  SchedulerOptions scheduler;
  std::int64_t cancelled = -1;  // an id, after some steps
  int after_steps = 0;
};

std::map<std::int64_t, Written> run(const Checkpoint& checkpoint, const Load& load,
                                    const Machine& machine, SchedulerCounters& counters) {
  const auto device = cuda::make_cuda_device(checkpoint, machine.device);
  REQUIRE(device);
  SchedulerOptions options = machine.scheduler;
  options.max_context = kMaxContext;
  options.reserve = 0;
  options.stop_tokens = load.stop_tokens;
  Scheduler scheduler(**device, options);
  for (const SequenceRequest& request : load.requests) REQUIRE(scheduler.submit(request));
  Watcher watcher;
  for (int step = 0; !scheduler.idle(); ++step) {
    if (step == machine.after_steps) scheduler.cancel(machine.cancelled);
    REQUIRE(scheduler.step(watcher));
  }
  counters = scheduler.counters();
  CHECK(counters.pages_used == 0);
  CHECK(counters.host_pages_used == 0);
  return watcher.written;
}

Machine random_machine(Dice& dice, std::size_t page_bytes, std::size_t requests) {
  const auto pages = static_cast<std::size_t>(dice.between(kPagesOfOne, kPagesOfOne + 1));
  const auto places = static_cast<std::size_t>(dice.once_in(4) ? 0 : dice.between(2, 14));
  Machine machine;
  machine.device = {.cache_bytes = pages * page_bytes,
                    .swap_bytes = places * page_bytes,
                    .max_step_tokens = 160,
                    .graphs = dice.once_in(2)};
  machine.scheduler.max_sequences = dice.between(2, 6);
  machine.scheduler.step_tokens = dice.once_in(2) ? dice.between(3, 40) : 160;
  machine.scheduler.one_behind = !dice.once_in(4);
  if (dice.once_in(3)) machine.cancelled = dice.between(0, static_cast<int>(requests) - 1);
  machine.after_steps = dice.between(1, 20);
  return machine;
}

}  // namespace

TEST_CASE("sequences write at random what they write alone on the CUDA device") {
  SKIP_WITHOUT_DEVICE();
  std::int64_t swapped_out = 0;
  std::int64_t recomputed = 0;
  std::int64_t stopped = 0;
  for (const Architecture architecture : {Architecture::qwen2, Architecture::qwen3}) {
    ModelConfig config = small_config(architecture);
    config.head_dim = 32;
    const SyntheticCheckpoint model({.config = config});
    const std::size_t page_bytes =
        static_cast<std::size_t>(model.checkpoint.footprint().kv_bytes_per_token_bf16) * 64;
    Dice dice(static_cast<std::uint64_t>(architecture) + 1);
    SchedulerCounters counters;
    for (int round = 0; round < 2; ++round) {
      CAPTURE(round);
      const Load load = random_load(dice, model.checkpoint.config().vocab_size);
      const Machine plain = {.device = {.cache_bytes = (kPagesOfOne + 1) * page_bytes,
                                        .max_step_tokens = 160,
                                        .graphs = false},
                             .scheduler = {.max_sequences = 1}};
      const auto alone = run(model.checkpoint, load, plain, counters);
      const Machine machine = random_machine(dice, page_bytes, load.requests.size());
      in_every_order_of_streams([&] {
        for (const auto& [id, written] : run(model.checkpoint, load, machine, counters)) {
          CAPTURE(id);
          Written expected = alone.at(id);
          if (written.end == SequenceEnd::cancelled) {
            CHECK(id == machine.cancelled);
            expected.tokens.resize(std::min(expected.tokens.size(), written.tokens.size()));
            expected.end = SequenceEnd::cancelled;
          }
          CHECK(written == expected);
          if (written.end == SequenceEnd::stop_token) ++stopped;
        }
      });
      swapped_out += counters.swapped_out;
      recomputed += counters.recomputed;
    }
  }
  CHECK(swapped_out > 0);
  CHECK(recomputed > 0);
  CHECK(stopped > 0);
}
