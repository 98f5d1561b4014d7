// How fast the built-in engine reads prompts and writes replies, at several numbers of sequences:
// tokens a second by the wall clock and by the CPU time that was used, which other programs on the
// machine disturb less.
//
//   engine_speed tiny|FOLDER [--threads N] [--prompt N] [--new N] [SEQUENCES...]
//
// FOLDER needs no tokenizer: the prompts are random ids, each sequence's its own. Replies do not
// end early.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/model.h"
#include "backends/engine/scheduler/scheduler.h"

namespace {

using namespace proctor;
using namespace proctor::engine;

struct Times {
  double wall_s = 0;
  double cpu_s = 0;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

Times now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto wall = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration<double>(wall).count(),
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

class Silent : public SequenceObserver {
 public:
  bool token(std::int64_t, const SampledToken&) override { return true; }
  void finished(std::int64_t, SequenceEnd) override {}
};

struct Options {
  const char* model = nullptr;
  int threads = 1;
  int prompt = 64;
  int fresh = 64;
  std::vector<int> sequences;
};

void print_rate(const char* what, int tokens, const Times& from, const Times& to) {
  const double count = tokens;
  std::printf("  %s %9.1f tokens/s (%9.1f per CPU second)", what, count / (to.wall_s - from.wall_s),
              count / (to.cpu_s - from.cpu_s));
}

void measure(const Checkpoint& checkpoint, const Options& options, int sequences) {
  Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(checkpoint, {.threads = options.threads, .sequences = sequences});
  check(static_cast<bool>(device));
  Scheduler scheduler(**device, {.max_sequences = sequences,
                                 .step_tokens = (*device)->max_step_tokens(),
                                 .max_context = checkpoint.config().max_context});
  std::mt19937 random(1);
  for (int i = 0; i < sequences; ++i) {
    SequenceRequest request;
    request.id = i;
    request.seed = static_cast<std::uint64_t>(i);
    request.max_new_tokens = options.fresh;
    request.sampling = {.temperature = 0.6F, .top_p = 0.95F};
    for (int t = 0; t < options.prompt; ++t) {
      request.prompt.push_back(static_cast<std::int32_t>(
          random() % static_cast<unsigned>(checkpoint.config().vocab_size)));
    }
    check(static_cast<bool>(scheduler.submit(std::move(request))));
  }
  // Prompts are read when every sequence has its first token. Those that are through earlier write
  // on meanwhile, which counts as reading.
  Silent silent;
  const Times start = now();
  while (scheduler.counters().prefilled < std::int64_t{sequences} * (options.prompt - 1)) {
    check(static_cast<bool>(scheduler.step(silent)));
  }
  const Times read = now();
  const std::int64_t already = scheduler.counters().generated;
  while (!scheduler.idle()) check(static_cast<bool>(scheduler.step(silent)));
  const Times end = now();
  const SchedulerCounters counters = scheduler.counters();
  std::printf("%4d sequences:", sequences);
  print_rate("prompt", static_cast<int>(counters.prefilled + already), start, read);
  print_rate("reply", static_cast<int>(counters.generated - already), read, end);
  std::printf("  %s\n", (*device)->description().c_str());
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const auto value = [&] { return ++i < argc ? std::atoi(argv[i]) : 0; };
    if (std::strcmp(argv[i], "--threads") == 0) {
      options.threads = value();
    } else if (std::strcmp(argv[i], "--prompt") == 0) {
      options.prompt = value();
    } else if (std::strcmp(argv[i], "--new") == 0) {
      options.fresh = value();
    } else if (options.model == nullptr) {
      options.model = argv[i];
    } else {
      options.sequences.push_back(std::atoi(argv[i]));
    }
  }
  if (options.sequences.empty()) options.sequences = {1, 64};
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.model == nullptr) {
    std::fprintf(stderr,
                 "engine_speed tiny|FOLDER [--threads N] [--prompt N] [--new N] [SEQUENCES...]\n");
    return 2;
  }
  if (std::strcmp(options.model, "tiny") == 0) {
    const Result<Model> model = Model::tiny();
    check(static_cast<bool>(model));
    for (const int sequences : options.sequences) measure(model->checkpoint(), options, sequences);
    return 0;
  }
  const Result<Checkpoint> checkpoint = Checkpoint::load(options.model);
  if (!checkpoint) {
    std::fprintf(stderr, "%s\n", checkpoint.error().message().c_str());
    return 2;
  }
  for (const int sequences : options.sequences) measure(*checkpoint, options, sequences);
  return 0;
}
