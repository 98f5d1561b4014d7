// engine_logits FOLDER --ids FILE --out FILE [--device NAME]
//
// The logits of a checkpoint, for tests/peers/compare_logits.py. FILE of ids: a sequence a line,
// ids separated by spaces. Written: little-endian float64, [all tokens in order][vocab_size].
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "tests/backends/engine/support/reference_model.h"

namespace {

using proctor::Error;
using proctor::ErrorCode;
using proctor::Result;
using proctor::engine::Checkpoint;
using proctor::engine::support::ReferenceModel;
using proctor::engine::support::Row;

using Ids = std::vector<std::int32_t>;
using LogitsOf = std::vector<Row> (*)(const Checkpoint&, const std::vector<Ids>&);

std::vector<Row> on_reference(const Checkpoint& checkpoint, const std::vector<Ids>& sequences) {
  const ReferenceModel model(checkpoint);
  std::vector<Row> rows;
  for (const Ids& ids : sequences) {
    for (Row& row : model.logits(ids)) rows.push_back(std::move(row));
  }
  return rows;
}

struct DeviceEntry {
  const char* name;
  LogitsOf logits;
};

constexpr DeviceEntry kDevices[] = {{"reference", on_reference}};

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
    if (device == entry.name) return save(options["--out"], entry.logits(*checkpoint, *ids));
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
