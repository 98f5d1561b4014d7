// engine_logits FOLDER --ids FILE --out FILE [--device reference|cpu|cuda] [--last N]
//               [--kv-cache full|fp8] [--weights full|fp8] [--ways one|all] [--draw N]
//
// The logits of a checkpoint, for tests/peers/compare_logits.py and tests/gpu/parity.py. FILE of
// ids: a sequence a line, ids separated by spaces. Written: little-endian float64, [all tokens in
// order][vocab_size]; with --last only those of each sequence's last N tokens, the others being
// read in runs as prompts are. With --ways all, sequences that fit into one step of the device are
// read twice more: token by token from the first on, and with each of the last positions as the end
// of a run from the first on; it is an error if one bit differs. With --draw no logits are written
// but the ids, each sequence with N more that the model drew at temperature 1.
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
#include <span>
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
// What is wanted of a device; the reference has one precision and one way.
struct Wanted {
  std::vector<Ids> sequences;
  std::size_t last = std::numeric_limits<std::size_t>::max();
  Precision kv_cache = Precision::full;
  Precision weights = Precision::full;
  bool every_way = false;
};

Result<std::vector<Row>> on_reference(const Checkpoint& checkpoint, const Wanted& wanted) {
  if (wanted.every_way) return Error(ErrorCode::invalid_input, "the reference reads in one way");
  const ReferenceModel model(checkpoint);
  std::vector<Row> rows;
  for (const Ids& ids : wanted.sequences) {
    std::vector<Row> all = model.logits(ids);
    std::move(all.end() - static_cast<std::ptrdiff_t>(std::min(wanted.last, all.size())), all.end(),
              std::back_inserter(rows));
  }
  return rows;
}

// Reads the tokens [first, end) of a sequence that lies on the pages from the first on. `logits`,
// unless empty, gets those after the last of them.
Result<void> read(Device& device, const Ids& ids, std::size_t first, std::size_t end,
                  std::span<float> logits) {
  const auto page_size = static_cast<std::size_t>(device.page_size());
  std::vector<std::int32_t> pages((ids.size() + page_size - 1) / page_size);
  std::iota(pages.begin(), pages.end(), 0);
  const SequenceSlice slice = {.tokens = std::span(ids).subspan(first, end - first),
                               .start = static_cast<int>(first),
                               .pages = pages,
                               .sampling = {},
                               .logits = logits};
  std::vector<SampledToken> sampled(1);
  return device.step(std::span(&slice, 1), sampled);
}

// The last tokens one by one.
Result<std::vector<Row>> logits_of(Device& device, const Ids& ids, std::size_t last,
                                   int vocab_size) {
  const auto most = static_cast<std::size_t>(device.max_step_tokens());
  const std::size_t unseen = ids.size() - std::min(last, ids.size());
  for (std::size_t first = 0; first < unseen; first += most) {
    const Result<void> done = read(device, ids, first, std::min(first + most, unseen), {});
    if (!done) return done.error();
  }
  std::vector<Row> rows;
  std::vector<float> logits(static_cast<std::size_t>(vocab_size));
  for (std::size_t i = unseen; i < ids.size(); ++i) {
    const Result<void> done = read(device, ids, i, i + 1, logits);
    if (!done) return done.error();
    rows.emplace_back(logits.begin(), logits.end());
  }
  return rows;
}

bool same_bits(const Row& one, const Row& other) {
  return one.size() == other.size() &&
         std::memcmp(one.data(), other.data(), one.size() * sizeof(double)) == 0;
}

// Errors: corrupt, when what was read in another way has other logits than `rows`, the last ones.
Result<void> check_every_way(Device& device, const Ids& ids, const std::vector<Row>& rows) {
  const auto differs = [&](std::size_t position, const char* way) {
    return Error(ErrorCode::corrupt,
                 "position " + std::to_string(position) + " has other logits when read " + way);
  };
  const std::size_t unseen = ids.size() - rows.size();
  const int vocab_size = static_cast<int>(rows.front().size());
  const Result<std::vector<Row>> singly = logits_of(device, ids, ids.size(), vocab_size);
  if (!singly) return singly.error();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!same_bits(rows[i], (*singly)[unseen + i])) return differs(unseen + i, "token by token");
  }
  std::vector<float> logits(rows.front().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (Result<void> done = read(device, ids, 0, unseen + i + 1, logits); !done) return done;
    if (!same_bits(rows[i], Row(logits.begin(), logits.end()))) {
      return differs(unseen + i, "at the end of a run");
    }
  }
  return {};
}

Result<std::vector<Row>> on_device(Device& device, const Checkpoint& checkpoint,
                                   const Wanted& wanted) {
  const auto step_size = static_cast<std::size_t>(device.max_step_tokens());
  std::vector<Row> all;
  for (const Ids& ids : wanted.sequences) {
    Result<std::vector<Row>> rows =
        logits_of(device, ids, wanted.last, checkpoint.config().vocab_size);
    if (!rows) return rows.error();
    if (wanted.every_way && !rows->empty() && ids.size() <= step_size) {
      if (Result<void> same = check_every_way(device, ids, *rows); !same) return same.error();
    }
    std::move(rows->begin(), rows->end(), std::back_inserter(all));
  }
  return all;
}

// Draws `count` tokens that go on with a sequence of at most a step's size.
Result<void> draw(Device& device, std::size_t count, Ids& ids) {
  const auto page_size = static_cast<std::size_t>(device.page_size());
  std::vector<std::int32_t> pages((ids.size() + count + page_size - 1) / page_size);
  std::iota(pages.begin(), pages.end(), 0);
  SampledToken drawn;
  std::size_t read_before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(read_before),
                                 .start = static_cast<int>(read_before),
                                 .pages = pages,
                                 .sample = true,
                                 .sampling = {.temperature = 1},
                                 .seed = 1,
                                 .logits = {}};
    const Result<void> done = device.step(std::span(&slice, 1), std::span(&drawn, 1));
    if (!done) return done;
    read_before = ids.size();
    ids.push_back(drawn.id);
  }
  return {};
}

// Errors: also invalid_input, for a name that is none of a device.
Result<std::unique_ptr<Device>> make_device(const std::string& name, const Checkpoint& checkpoint,
                                            const Wanted& wanted) {
  if (name == "cpu") {
    return cpu::make_cpu_device(
        checkpoint, {.sequences = 1, .kv_cache = wanted.kv_cache, .weights = wanted.weights});
  }
  if (name == "cuda") {
    return cuda::make_cuda_device(
        checkpoint, {.sequences = 1, .kv_cache = wanted.kv_cache, .weights = wanted.weights});
  }
  return Error(ErrorCode::invalid_input, "no such device: " + name);
}

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

// Errors: invalid_input, for a sequence, and what is drawn after it, that is too long for the model
// or for the device's memory.
Result<void> check_lengths(const Device& device, const Checkpoint& checkpoint,
                           const std::vector<Ids>& sequences, std::size_t drawn) {
  const std::size_t held =
      static_cast<std::size_t>(device.pages()) * static_cast<std::size_t>(device.page_size());
  const auto most = std::min(held, static_cast<std::size_t>(checkpoint.config().max_context));
  for (const Ids& ids : sequences) {
    if (ids.size() + drawn <= most) continue;
    return Error(
        ErrorCode::invalid_input,
        std::to_string(ids.size() + drawn) + " tokens: there is room for " + std::to_string(most));
  }
  return {};
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

Result<void> save(const std::string& path, const std::vector<Ids>& sequences) {
  std::ofstream out(path);
  for (const Ids& ids : sequences) {
    for (const std::int32_t id : ids) out << id << ' ';
    out << '\n';
  }
  if (out.flush()) return {};
  return Error(ErrorCode::io, path + ": cannot be written");
}

// What was said for an option, one of two; the first, if nothing was.
Result<bool> is_second(std::map<std::string, std::string>& options, const char* name,
                       const char* first, const char* second) {
  const std::string& said = options.try_emplace(name, first).first->second;
  if (said == first || said == second) return said == second;
  return Error(ErrorCode::invalid_input, std::string(name) + " " + said);
}

Result<Precision> precision_of(std::map<std::string, std::string>& options, const char* name) {
  const Result<bool> fp8 = is_second(options, name, "full", "fp8");
  if (!fp8) return fp8.error();
  return *fp8 ? Precision::fp8 : Precision::full;
}

Result<void> run(const std::string& folder, std::map<std::string, std::string> options) {
  const std::string device_name = options.try_emplace("--device", "reference").first->second;
  const Result<Precision> kv_cache = precision_of(options, "--kv-cache");
  if (!kv_cache) return kv_cache.error();
  const Result<Precision> weights = precision_of(options, "--weights");
  if (!weights) return weights.error();
  const Result<bool> every_way = is_second(options, "--ways", "one", "all");
  if (!every_way) return every_way.error();
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder);
  if (!checkpoint) return checkpoint.error();
  Result<std::vector<Ids>> ids = load_ids(options["--ids"], checkpoint->config().vocab_size);
  if (!ids) return ids.error();
  Wanted wanted = {.sequences = std::move(*ids),
                   .kv_cache = *kv_cache,
                   .weights = *weights,
                   .every_way = *every_way};
  if (options.contains("--last")) {
    wanted.last = std::strtoull(options["--last"].c_str(), nullptr, 10);
  }
  if (device_name == "reference") {
    const Result<std::vector<Row>> logits = on_reference(*checkpoint, wanted);
    return logits ? save(options["--out"], *logits) : logits.error();
  }
  const Result<std::unique_ptr<Device>> device = make_device(device_name, *checkpoint, wanted);
  if (!device) return device.error();
  const std::size_t count = std::strtoull(options["--draw"].c_str(), nullptr, 10);
  const Result<void> fit = check_lengths(**device, *checkpoint, wanted.sequences, count);
  if (!fit) return fit;
  if (count > 0) {
    for (Ids& each : wanted.sequences) {
      if (Result<void> drawn = draw(**device, count, each); !drawn) return drawn;
    }
    return save(options["--out"], wanted.sequences);
  }
  const Result<std::vector<Row>> logits = on_device(**device, *checkpoint, wanted);
  return logits ? save(options["--out"], *logits) : logits.error();
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (argc < 6 || argc % 2 != 0 || !options.contains("--ids") || !options.contains("--out")) {
    std::fprintf(stderr,
                 "usage: engine_logits FOLDER --ids FILE --out FILE [--device NAME] [--last N] "
                 "[--kv-cache NAME] [--weights NAME] [--ways NAME] [--draw N]\n");
    return 2;
  }
  const Result<void> done = run(argv[1], options);
  if (!done) std::fprintf(stderr, "engine_logits: %s\n", done.error().message().c_str());
  return done ? 0 : 2;
}
