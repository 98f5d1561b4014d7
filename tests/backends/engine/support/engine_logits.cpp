// engine_logits FOLDER --ids FILE --out FILE [--device reference|cpu|cuda] [--last N]
//               [--kv-cache full|fp8] [--weights full|fp8]
//
// The logits of a checkpoint, for tests/peers/compare_logits.py. FILE of ids: a sequence a line,
// ids separated by spaces. Written: little-endian float64, [all tokens in order][vocab_size]; with
// --last only those of each sequence's last N tokens, the others being read in runs as prompts are.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cpu/cpu_device.h"
#include "backends/engine/cuda/cuda_device.h"
#include "tests/backends/engine/support/reference_model.h"

namespace {

namespace cpu = proctor::engine::cpu;
namespace cuda = proctor::engine::cuda;

using proctor::Error;
using proctor::ErrorCode;
using proctor::Result;
using proctor::engine::Checkpoint;
using proctor::engine::Device;
using proctor::engine::Precision;
using proctor::engine::SampledToken;
using proctor::engine::SequenceSlice;
using proctor::engine::support::ReferenceModel;
using proctor::engine::support::Row;

using Ids = std::vector<std::int32_t>;
// What is wanted of a device; the reference has one precision.
struct Wanted {
  std::vector<Ids> sequences;
  std::size_t last = std::numeric_limits<std::size_t>::max();
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;
};

using LogitsOf = Result<std::vector<Row>> (*)(const Checkpoint&, const Wanted&);

Result<std::vector<Row>> on_reference(const Checkpoint& checkpoint, const Wanted& wanted) {
  const ReferenceModel model(checkpoint);
  std::vector<Row> rows;
  for (const Ids& ids : wanted.sequences) {
    std::vector<Row> all = model.logits(ids);
    std::move(all.end() - static_cast<std::ptrdiff_t>(std::min(wanted.last, all.size())), all.end(),
              std::back_inserter(rows));
  }
  return rows;
}

// One sequence on pages from the first on, its last tokens one by one.
Result<void> append_logits(Device& device, int vocab_size, const Ids& ids, std::size_t last,
                           std::vector<Row>& rows) {
  const auto page_size = static_cast<std::size_t>(device.page_size());
  std::vector<std::int32_t> pages((ids.size() + page_size - 1) / page_size);
  std::iota(pages.begin(), pages.end(), 0);
  std::vector<float> logits(static_cast<std::size_t>(vocab_size));
  std::vector<SampledToken> sampled(1);
  const std::size_t unseen = ids.size() - std::min(last, ids.size());
  for (std::size_t i = 0; i < ids.size();) {
    const bool wanted = i >= unseen;
    const std::size_t most = static_cast<std::size_t>(device.max_step_tokens());
    const std::size_t count = wanted ? 1 : std::min(most, unseen - i);
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(i, count),
                                 .start = static_cast<int>(i),
                                 .pages = pages,
                                 .sample = false,
                                 .sampling = {},
                                 .seed = 0,
                                 .logits = wanted ? std::span<float>(logits) : std::span<float>()};
    if (Result<void> stepped = device.step(std::span(&slice, 1), sampled); !stepped) return stepped;
    if (wanted) rows.emplace_back(logits.begin(), logits.end());
    i += count;
  }
  return {};
}

Result<std::vector<Row>> on_device(const Result<std::unique_ptr<Device>>& device,
                                   const Checkpoint& checkpoint, const Wanted& wanted) {
  if (!device) return device.error();
  std::vector<Row> rows;
  for (const Ids& ids : wanted.sequences) {
    const Result<void> appended =
        append_logits(**device, checkpoint.config().vocab_size, ids, wanted.last, rows);
    if (!appended) return appended.error();
  }
  return rows;
}

Result<std::vector<Row>> on_cpu(const Checkpoint& checkpoint, const Wanted& wanted) {
  return on_device(
      cpu::make_cpu_device(checkpoint, {.kv_cache = wanted.kv_cache, .weights = wanted.weights}),
      checkpoint, wanted);
}

Result<std::vector<Row>> on_cuda(const Checkpoint& checkpoint, const Wanted& wanted) {
  return on_device(
      cuda::make_cuda_device(checkpoint, {.kv_cache = wanted.kv_cache, .weights = wanted.weights}),
      checkpoint, wanted);
}

struct DeviceEntry {
  const char* name;
  LogitsOf logits;
};

constexpr DeviceEntry kDevices[] = {
    {"reference", on_reference}, {"cpu", on_cpu}, {"cuda", on_cuda}};

Result<std::vector<Ids>> load_ids(const std::string& path, int vocab_size) {
  std::ifstream in(path);
  std::vector<Ids> sequences;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Ids ids;
    for (std::int32_t id = 0; words >> id;) {
      if (id < 0 || id >= vocab_size) {
        return Error(ErrorCode::invalid_input, path + ": " + std::to_string(id) + " is no token");
      }
      ids.push_back(id);
    }
    if (!words.eof()) return Error(ErrorCode::invalid_input, path + ": not a number: " + line);
    sequences.push_back(std::move(ids));
  }
  if (!in.eof()) return Error(ErrorCode::io, path + ": cannot be read");
  return sequences;
}

Result<void> save(const std::string& path, const std::vector<Row>& rows) {
  std::ofstream out(path, std::ios::binary);
  for (const Row& row : rows) {
    out.write(reinterpret_cast<const char*>(row.data()),
              static_cast<std::streamsize>(row.size() * sizeof(double)));
  }
  if (out.flush()) return {};
  return Error(ErrorCode::io, path + ": cannot be written");
}

Result<Precision> precision_of(std::map<std::string, std::string>& options, const char* name) {
  const std::string& said = options.try_emplace(name, "full").first->second;
  if (said == "full") return Precision::full;
  if (said == "fp8") return Precision::fp8;
  return Error(ErrorCode::invalid_input, std::string(name) + " " + said);
}

Result<void> run(const std::string& folder, std::map<std::string, std::string> options) {
  const std::string device = options.try_emplace("--device", "reference").first->second;
  const Result<Precision> kv_cache = precision_of(options, "--kv-cache");
  if (!kv_cache) return kv_cache.error();
  const Result<Precision> weights = precision_of(options, "--weights");
  if (!weights) return weights.error();
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder);
  if (!checkpoint) return checkpoint.error();
  Result<std::vector<Ids>> ids = load_ids(options["--ids"], checkpoint->config().vocab_size);
  if (!ids) return ids.error();
  Wanted wanted = {.sequences = std::move(*ids), .kv_cache = *kv_cache, .weights = *weights};
  if (options.contains("--last")) {
    wanted.last = std::strtoull(options["--last"].c_str(), nullptr, 10);
  }
  for (const DeviceEntry& entry : kDevices) {
    if (device != entry.name) continue;
    const Result<std::vector<Row>> logits = entry.logits(*checkpoint, wanted);
    return logits ? save(options["--out"], *logits) : logits.error();
  }
  return Error(ErrorCode::invalid_input, "no such device: " + device);
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (argc < 6 || argc % 2 != 0 || !options.contains("--ids") || !options.contains("--out")) {
    std::fprintf(stderr,
                 "usage: engine_logits FOLDER --ids FILE --out FILE [--device NAME] [--last N] "
                 "[--kv-cache NAME] [--weights NAME]\n");
    return 2;
  }
  const Result<void> done = run(argv[1], options);
  if (!done) std::fprintf(stderr, "engine_logits: %s\n", done.error().message().c_str());
  return done ? 0 : 2;
}
