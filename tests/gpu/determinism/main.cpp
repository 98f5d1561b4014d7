// Whether the tokens and the raw logits of a sample are the same bits under all circumstances:
//
//   determinism [--device cpu|cuda] [--shape NAME]... [--cell NAME]... [--most N] [--fault NAME]
//
// Several samples, with every kind of sampling and prompts up to thousands of tokens, are drawn
// alone, then in all the cells of cells.cpp, then in another process, and on a second GPU if there
// is one. Each row shows the hash of all tokens with their log probabilities, and of raw logits at
// the first, the last and two other tokens; a cell that did not happen as its name says counts as
// different. Weights are synthetic, made in memory: 15 GB of it for the shape of 7B.
//
// SHAPE: tiny (the default on the CPU), qwen2-1.5b and qwen2-7b (the default on a GPU), llama-8b,
// qwen3-8b. --cell: those only, and the first. --most: sequences at once, for the emulator.
// --fault seeds or swap: breaks the device so that rows must differ. Ends with 1 if any does.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/cuda/cuda_device.h"
#include "tests/backends/engine/support/real_shapes.h"
#include "tests/backends/engine/support/synthetic_model.h"
#include "tests/gpu/determinism/cells.h"

namespace {

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::determinism;

struct Shape {
  const char* name;
  ModelConfig config;
  Load load;
};

// Heads of 32 elements, which the kernels take; prompts on both sides of a page's end.
ModelConfig tiny() {
  ModelConfig config = support::small_config(Architecture::qwen3);
  config.intermediate_size = 192;
  return config;
}

const Load kTinyLoad = {
    .prompts = {1, 63, 65, 20, 130}, .new_tokens = 12, .longest_neighbour = 40, .most = 300};
const Load kLongLoad = {.prompts = {1, 64, 65, 511, 700, 1500, 2500, 4000},
                        .new_tokens = 96,
                        .longest_neighbour = 500,
                        .most = 300};

const Shape kShapes[] = {
    {"tiny", tiny(), kTinyLoad},
    {"qwen2-1.5b", support::real_shape("qwen2-1.5b"), kLongLoad},
    {"qwen2-7b", support::real_shape("qwen2-7b"), kLongLoad},
    {"llama-8b", support::real_shape("llama-8b"), kLongLoad},
    {"qwen3-8b", support::real_shape("qwen3-8b"), kLongLoad},
};

const std::map<std::string, Fault> kFaults = {{"seeds", Fault::seed_of_the_row},
                                              {"swap", Fault::lost_swap}};

struct Arguments {
  std::string device = "cpu";
  std::vector<std::string> shapes{};
  std::vector<std::string> cells{};  // none: all
  int most = 0;
  Fault fault = Fault::none;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "determinism: %s\n", why.c_str());
  std::exit(2);
}

template <class T>
T taken(Result<T> result) {
  if (!result) give_up(result.error().message());
  return *std::move(result);
}

// A model whose weights lie in memory.
struct MadeUpModel {
  explicit MadeUpModel(const ModelConfig& config)
      : weights(support::synthetic_weights(support::synthetic_tensors(config), {.config = config})),
        checkpoint(taken(Checkpoint::from_memory(support::synthetic_config({.config = config}), "",
                                                 weights.bytes()))) {}

  support::SyntheticFile weights;
  Checkpoint checkpoint;
};

int gpus() {
  const auto devices = cuda::cuda_devices();
  return devices ? static_cast<int>(devices->size()) : 0;
}

// Ends the program if there is no GPU. Asked in another process, since no fork may inherit one.
void expect_gpu() {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) give_up("no other process");
  if (child == 0) {
    const auto devices = cuda::cuda_devices();
    if (!devices) std::fprintf(stderr, "determinism: %s\n", devices.error().message().c_str());
    _exit(devices ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) std::exit(2);
}

// What a row shows of a cell.
std::string format_hashes(const std::vector<Sample>& samples) {
  char text[64];
  std::snprintf(text, sizeof text, "tokens %016llx logits %016llx",
                static_cast<unsigned long long>(hash_of_tokens(samples)),
                static_cast<unsigned long long>(hash_of_rows(samples)));
  return text;
}

// What did not happen although the cell is about it; nothing if all did.
std::string missing_from(const Cell& cell, const CellRun& run) {
  const SchedulerCounters& counters = run.counters;
  if (cell.room >= 1 && cell.lost == 0) return {};
  if (run.disturbed == 0) return "no sample lost its pages";
  if (cell.swaps && counters.swapped_out == 0) return "nothing was swapped out";
  if (!cell.swaps && counters.recomputed == 0) return "nothing was computed again";
  return {};
}

constexpr Cell kElsewhere = {.name = "among 7", .batch = 7};

// All cells on one model.
class Matrix {
 public:
  Matrix(const Shape& shape, const Arguments& arguments)
      : shape_(shape), arguments_(arguments), load_(shape.load), model_(shape.config) {
    if (arguments.most > 0) load_.most = arguments.most;
  }

  // The hashes of a cell in a process of its own, as of a run that is resumed: nothing is left of
  // the one before. To be called before this process uses a GPU, which no fork may inherit.
  void run_elsewhere() {
    int ends[2] = {};
    if (pipe(ends) != 0) give_up("no pipe");
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) give_up("no other process");
    if (child == 0) {
      make_device({.graphs = kElsewhere.graphs});
      const CellRun run = taken(
          run_cell(kElsewhere, load_, shape_.config.vocab_size, *device_, arguments_.fault, {}));
      const std::string hashes = format_hashes(run.samples);
      const bool written = write(ends[1], hashes.data(), hashes.size()) > 0;
      device_.reset();
      _exit(written ? 0 : 2);
    }
    close(ends[1]);
    std::array<char, 256> text = {};
    for (ssize_t count = 1; count > 0;) {
      count = read(ends[0], text.data(), text.size());
      elsewhere_.append(text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    close(ends[0]);
    waitpid(child, nullptr, 0);
  }

  // Whether all are the same.
  bool run() {
    std::printf("%s on %s\n", shape_.name, arguments_.device.c_str());
    for (const Cell& cell : all_cells()) {
      const bool first = &cell == all_cells().data();
      const bool named = std::ranges::find(arguments_.cells, cell.name) != arguments_.cells.end();
      if (first || named || arguments_.cells.empty()) run(cell, {});
    }
    if (arguments_.cells.empty()) {
      report(std::string(kElsewhere.name) + ", another process", elsewhere_,
             elsewhere_ == format_hashes(alone_) ? "" : "DIFFERENT in another process");
      if (arguments_.device == "cuda" && gpus() > 1) run(kElsewhere, ", a second GPU", 1);
    }
    std::printf("* determinism, %s on %s: %d of %d cells equal (target: all)\n", shape_.name,
                arguments_.device.c_str(), cells_ - different_, cells_);
    return different_ == 0;
  }

 private:
  struct Made {
    bool graphs = false;
    int gpu = 0;

    bool operator==(const Made&) const = default;
  };

  // The one there is, if it was made so.
  void make_device(const Made& made) {
    if (device_ != nullptr && made == made_) return;
    device_.reset();           // first: there may be no memory for two
    constexpr int kPage = 64;  // no device has larger ones
    const bool on_cuda = arguments_.device == "cuda";
    const Footprint footprint = model_.checkpoint.footprint();
    const auto bytes = static_cast<std::size_t>(
        pages_for(load_, kPage) * kPage *
        (on_cuda ? footprint.kv_bytes_per_token_bf16 : footprint.kv_bytes_per_token_f32));
    device_ = taken(on_cuda ? cuda::make_cuda_device(model_.checkpoint, {.index = made.gpu,
                                                                         .cache_bytes = bytes,
                                                                         .swap_bytes = bytes / 2,
                                                                         .graphs = made.graphs})
                            : cpu::make_cpu_device(model_.checkpoint, {.cache_bytes = bytes,
                                                                       .swap_bytes = bytes / 2}));
    made_ = made;
  }

  void run(const Cell& cell, const std::string& where, int gpu = 0) {
    make_device({.graphs = cell.graphs, .gpu = gpu});
    const auto start = std::chrono::steady_clock::now();
    const CellRun run =
        taken(run_cell(cell, load_, shape_.config.vocab_size, *device_, arguments_.fault, alone_));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (cells_ == 0) alone_ = run.samples;
    std::string verdict = missing_from(cell, run);
    if (run.contradicted) verdict = "logits came twice, and DIFFERENT";
    if (const auto differs = difference(alone_, run.samples, load_)) {
      verdict = "DIFFERENT from sample " + std::to_string(differs->sample) + ", position " +
                std::to_string(differs->position) + " on";
    }
    char figures[96];
    std::snprintf(figures, sizeof figures, "%6lld steps %4lld preempted %6.1f s",
                  static_cast<long long>(run.counters.steps),
                  static_cast<long long>(run.counters.preemptions), seconds.count());
    report(std::string(cell.name) + where, format_hashes(run.samples) + figures, verdict);
  }

  void report(const std::string& name, const std::string& figures, const std::string& verdict) {
    ++cells_;
    if (!verdict.empty()) ++different_;
    std::printf("  %-40s %s | %s\n", name.c_str(), figures.c_str(),
                verdict.empty() ? "same" : verdict.c_str());
  }

  const Shape& shape_;
  const Arguments& arguments_;
  Load load_;
  MadeUpModel model_;
  std::unique_ptr<Device> device_;
  Made made_;
  std::vector<Sample> alone_;
  std::string elsewhere_;  // hashes
  int cells_ = 0;
  int different_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  // Who is stopped half-way has said what it knows.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--device" && (value == "cpu" || value == "cuda")) {
      arguments.device = value;
    } else if (name == "--shape" &&
               std::ranges::find(kShapes, value, &Shape::name) != std::end(kShapes)) {
      arguments.shapes.push_back(value);
    } else if (name == "--cell" &&
               std::ranges::find(all_cells(), value, &Cell::name) != all_cells().end()) {
      arguments.cells.push_back(value);
    } else if (name == "--most") {
      arguments.most = std::atoi(value.c_str());
    } else if (name == "--fault" && kFaults.contains(value)) {
      arguments.fault = kFaults.at(value);
    } else {
      give_up("there is no " + name + " " + value);
    }
  }
  if (argc % 2 == 0) give_up("options come in pairs: NAME VALUE");
  if (arguments.shapes.empty() && arguments.device == "cpu") arguments.shapes = {"tiny"};
  if (arguments.shapes.empty()) arguments.shapes = {"qwen2-1.5b", "qwen2-7b"};
  if (arguments.device == "cuda") expect_gpu();
  std::vector<std::unique_ptr<Matrix>> all;
  for (const Shape& shape : kShapes) {
    if (std::ranges::find(arguments.shapes, shape.name) == arguments.shapes.end()) continue;
    all.push_back(std::make_unique<Matrix>(shape, arguments));
    if (arguments.cells.empty()) all.back()->run_elsewhere();
  }
  bool same = true;
  for (const std::unique_ptr<Matrix>& matrix : all) same = matrix->run() && same;
  return same ? 0 : 1;
}
