// engine_logits FOLDER --ids FILE --out FILE [--device NAME]
//
// The logits of a checkpoint, for tests/peers/compare_logits.py. FILE of ids: a sequence a line,
// ids separated by spaces. Written: little-endian float64, [all tokens in order][vocab_size].
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/cpu/cpu_device.h"
#include "tests/backends/engine/support/reference_model.h"

namespace {

namespace cpu = proctor::engine::cpu;

using proctor::Error;
using proctor::ErrorCode;
using proctor::Result;
using proctor::engine::Checkpoint;
using proctor::engine::Device;
using proctor::engine::SampledToken;
using proctor::engine::SequenceSlice;
using proctor::engine::support::ReferenceModel;
using proctor::engine::support::Row;

using Ids = std::vector<std::int32_t>;
using LogitsOf = Result<std::vector<Row>> (*)(const Checkpoint&, const std::vector<Ids>&);

Result<std::vector<Row>> on_reference(const Checkpoint& checkpoint,
                                      const std::vector<Ids>& sequences) {
  const ReferenceModel model(checkpoint);
  std::vector<Row> rows;
  for (const Ids& ids : sequences) {
    for (Row& row : model.logits(ids)) rows.push_back(std::move(row));
  }
  return rows;
}

// One sequence token by token, on pages from the first on.
Result<void> append_logits(Device& device, int vocab_size, const Ids& ids, std::vector<Row>& rows) {
  const auto page_size = static_cast<std::size_t>(device.page_size());
  std::vector<std::int32_t> pages((ids.size() + page_size - 1) / page_size);
  std::iota(pages.begin(), pages.end(), 0);
  std::vector<float> logits(static_cast<std::size_t>(vocab_size));
  std::vector<SampledToken> sampled(1);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const SequenceSlice slice = {.tokens = std::span(ids).subspan(i, 1),
                                 .start = static_cast<int>(i),
                                 .pages = pages,
                                 .sample = false,
                                 .sampling = {},
                                 .seed = 0,
                                 .logits = logits};
    if (Result<void> stepped = device.step(std::span(&slice, 1), sampled); !stepped) return stepped;
    rows.emplace_back(logits.begin(), logits.end());
  }
  return {};
}

Result<std::vector<Row>> on_cpu(const Checkpoint& checkpoint, const std::vector<Ids>& sequences) {
  const Result<std::unique_ptr<Device>> device = cpu::make_cpu_device(checkpoint, {});
  if (!device) return device.error();
  std::vector<Row> rows;
  for (const Ids& ids : sequences) {
    const Result<void> appended =
        append_logits(**device, checkpoint.config().vocab_size, ids, rows);
    if (!appended) return appended.error();
  }
  return rows;
}

struct DeviceEntry {
  const char* name;
  LogitsOf logits;
};

constexpr DeviceEntry kDevices[] = {{"reference", on_reference}, {"cpu", on_cpu}};

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

Result<void> run(const std::string& folder, std::map<std::string, std::string> options) {
  const std::string device = options.try_emplace("--device", "reference").first->second;
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder);
  if (!checkpoint) return checkpoint.error();
  const Result<std::vector<Ids>> ids = load_ids(options["--ids"], checkpoint->config().vocab_size);
  if (!ids) return ids.error();
  for (const DeviceEntry& entry : kDevices) {
    if (device != entry.name) continue;
    const Result<std::vector<Row>> logits = entry.logits(*checkpoint, *ids);
    return logits ? save(options["--out"], *logits) : logits.error();
  }
  return Error(ErrorCode::invalid_input, "no such device: " + device);
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (argc < 6 || argc % 2 != 0 || !options.contains("--ids") || !options.contains("--out")) {
    std::fprintf(stderr, "usage: engine_logits FOLDER --ids FILE --out FILE [--device NAME]\n");
    return 2;
  }
  const Result<void> done = run(argv[1], options);
  if (!done) std::fprintf(stderr, "engine_logits: %s\n", done.error().message().c_str());
  return done ? 0 : 2;
}
