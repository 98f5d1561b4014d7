// A run shaped like AIME's through the whole harness: 30 questions x 64 replies of the built-in
// engine, whose lengths are made up as those of reasoning models are (lengths.h), from the plan
// through backend, store and graders to the report.
//
//   aime_run [--device cpu|cuda|none] [--shape tiny|vocabulary|1.5b|7b] [--shorten N]
//            [--sequences N] [--questions N] [--repeats N] [--cache-gib N] [--swap-gib N]
//            [--seed N] [--tflops N] [--copy-mib N] [--folder FOLDER] [--lengths-file FILE]
//
// Prints how busy the device was (its own time at work, as a part of the time from the first step
// to the last), tokens a second beside the roof of shared/reference/inference.md, section 2, with
// the copy speed of this machine measured in the same run, and what the host took. "--device none"
// draws tokens out of a hash, which leaves the host's share alone. Ends with 1 if a reply has
// another length than it was to have, or no score.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/engine/engine.h"
#include "backends/engine/make_device.h"
#include "backends/engine/model.h"
#include "backends/local/local_backend.h"
#include "tests/bench/aime/copy_speed.h"
#include "tests/bench/aime/harness_run.h"
#include "tests/bench/aime/instant_device.h"
#include "tests/bench/aime/lengths.h"
#include "tests/bench/aime/made_up_model.h"
#include "tests/bench/aime/roof.h"
#include "tests/bench/aime/watched_device.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace proctor;
using namespace proctor::bench;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string device = "cpu";
  std::string shape = "tiny";
  LengthShape lengths{.shorten = 16};
  int sequences = 512;
  int questions = kQuestions;
  int repeats = 64;
  double cache_gib = 0;
  double swap_gib = 0;
  std::uint64_t seed = 1;
  double tflops = 790;  // of an H200 in bf16
  std::size_t copy_mib = 1024;
  std::string folder;
  std::string lengths_file;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class T>
T taken(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "aime_run: {}\n", result.error().message());
    std::exit(1);
  }
  return std::move(*result);
}

const engine::ModelConfig& config_named(const std::string& name) {
  const auto& shapes = made_up_shapes();
  const auto found = std::ranges::find(shapes, name, &MadeUpShape::name);
  if (found == shapes.end()) taken(Result<int>(Error(ErrorCode::not_found, "no shape " + name)));
  return found->config;
}

std::unique_ptr<engine::Device> device_for(const Options& options, const engine::Model& model,
                                           const engine::EngineOptions& engine_options) {
  const engine::ModelConfig& config = model.checkpoint().config();
  if (options.device == "none") {
    return std::make_unique<InstantDevice>(config.vocab_size, std::int64_t{5} << 20);
  }
  return taken(engine::make_device(model.checkpoint(), engine_options));
}

// What the run cost the device and the host.
void print_figures(const Options& options, const WatchedDevice& device,
                   const engine::SchedulerCounters& counters, double copy) {
  const double wall = device.wall_seconds();
  const double tokens = static_cast<double>(counters.generated);
  const auto steps = static_cast<double>(device.steps().size());
  const bool gpu = options.device.starts_with("cuda");
  if (options.device != "none") {
    const double busy =
        gpu ? device.busy_seconds() : device.calling_seconds() + device.waiting_seconds();
    fmt::print("* {} busy for {:.2f} % of {:.1f} s{}\n", gpu ? "GPU" : "device", 100 * busy / wall,
               wall, gpu ? " (target 97 %)" : "");
  }
  double rows = 0;
  double positions = 0;
  for (const StepLoad& step : device.steps()) {
    rows += step.rows;
    positions += static_cast<double>(step.positions);
  }
  fmt::print("* {:.0f} tokens/s; {:.0f} steps of {:.1f} rows, mean context {:.0f}\n", tokens / wall,
             steps, rows / steps, positions / rows);
  if (gpu) {
    const Roof roof = roof_of(config_named(options.shape), device.steps(),
                              {.bytes_a_second = copy, .flops = 1e12 * options.tflops});
    fmt::print(
        "* {:.1f} % of the roof, of which keys and values {:.1f} %; a copy moves {:.2f} TB/s\n",
        100 * roof.seconds / wall, 100 * roof.cache_seconds / wall, copy / 1e12);
  }
  // The device of a CPU works in the host's calls.
  const double host = wall - device.waiting_seconds() -
                      (gpu || options.device == "none" ? 0 : device.calling_seconds());
  fmt::print(
      "* host {:.2f} us a token, {:.0f} us a step, {:.1f} % of the time, {:.0f} us of a step "
      "in handing it over\n",
      1e6 * host / tokens, 1e6 * host / steps, 100 * host / wall,
      1e6 * device.calling_seconds() / steps);
  fmt::print(
      "{} tokens generated, {} of prompts, {} computed again, {} discarded; {} preemptions, "
      "{} of them swapped out\n",
      counters.generated, counters.prefilled, counters.recomputed, counters.discarded,
      counters.preemptions, counters.swapped_out);
}

// Whether every sample is as it was to be.
bool print_outcome(const Options& options, const HarnessOutcome& outcome, double seconds) {
  const int wanted = options.questions * options.repeats;
  const bool whole = outcome.samples == wanted && outcome.as_asked == wanted;
  fmt::print(
      "* {} of {} samples stored, scored and of their length; {} correct, {} without an "
      "answer\n",
      outcome.as_asked, wanted, outcome.correct, outcome.no_answer);
  fmt::print(
      "prompts of {:.0f} tokens and replies of {:.0f} in the mean; plan to report {:.1f} s; "
      "the store has {:.1f} MB\n",
      static_cast<double>(outcome.prompt_tokens) / outcome.samples,
      static_cast<double>(outcome.reply_tokens) / outcome.samples, seconds,
      static_cast<double>(outcome.store_bytes) / 1e6);
  return whole;
}

int run(const Options& options) {
  const support::TempDir temporary;
  const std::filesystem::path folder =
      options.folder.empty() ? temporary.path() : std::filesystem::path(options.folder);
  // First: it says whether there is such a device.
  const double copy = taken(copy_speed(options.device, options.copy_mib << 20));
  const auto start = Clock::now();
  std::filesystem::create_directories(folder / "model");
  write_made_up_model(folder / "model", config_named(options.shape));
  const double written = seconds_since(start);
  auto model = std::make_unique<engine::Model>(taken(engine::Model::load(folder / "model")));
  const engine::EngineOptions engine_options{.device = options.device,
                                             .max_sequences = options.sequences,
                                             .cache_gib = options.cache_gib,
                                             .swap_gib = options.swap_gib};
  const std::unique_ptr<engine::Device> device = device_for(options, *model, engine_options);
  WatchedDevice watched(*device);
  std::vector<std::unique_ptr<engine::Engine>> engines;
  engines.push_back(std::make_unique<engine::Engine>(*model, watched, engine_options));
  const engine::Engine& engine = *engines.front();
  const std::string name = "made-up-" + options.shape;
  const std::unique_ptr<backends::Backend> backend = taken(backends::make_engine_backend(
      std::move(model), std::move(engines), name, {.concurrency = options.sequences}));
  fmt::print(
      "{} on {}, {} sequences at once, lengths divided by {:g}; model written in {:.1f} s, "
      "ready after {:.1f} s\n",
      name, watched.description(), options.sequences, options.lengths.shorten, written,
      seconds_since(start));
  std::fflush(stdout);
  const auto begun = Clock::now();
  const HarnessOutcome outcome = taken(run_harness(
      *backend, {.folder = folder,
                 .model = "local/" + name,
                 .questions = options.questions,
                 .repeats = options.repeats,
                 .concurrency = options.sequences,
                 .length =
                     [&](int question, int repeat) {
                       return reply_length(options.lengths, options.seed, question, repeat);
                     },
                 .lengths_file = options.lengths_file}));
  const double seconds = seconds_since(begun);
  print_figures(options, watched, engine.counters(), copy);
  return print_outcome(options, outcome, seconds) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Who is stopped half-way has said what it knows.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  Options options;
  CLI::App app("A run shaped like AIME's through the whole harness");
  app.add_option("--device", options.device, "cpu, cuda, cuda:N, or none: tokens out of a hash");
  app.add_option("--shape", options.shape, "tiny, vocabulary, 1.5b or 7b");
  app.add_option("--shorten", options.lengths.shorten, "by what lengths are divided")
      ->check(CLI::Range(1.0, 1e6));
  app.add_option("--sequences", options.sequences, "at once")->check(CLI::Range(1, 100'000));
  app.add_option("--questions", options.questions, "the first so many")
      ->check(CLI::Range(1, kQuestions));
  app.add_option("--repeats", options.repeats, "of each question")->check(CLI::Range(1, 100'000));
  app.add_option("--cache-gib", options.cache_gib, "of the KV cache; 0: what there is");
  app.add_option("--swap-gib", options.swap_gib, "of the host's memory for those that make room");
  app.add_option("--seed", options.seed, "of the lengths");
  app.add_option("--tflops", options.tflops, "of the GPU's matrix units, for the roof");
  app.add_option("--copy-mib", options.copy_mib, "of the copies that memory is timed by")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--folder", options.folder, "for model and store; kept, unless it is not named");
  app.add_option("--lengths-file", options.lengths_file,
                 "gets the tokens of each prompt and reply, for a peer that is to do the same");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
