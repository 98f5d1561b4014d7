#include "backends/engine/checkpoint/checkpoint.h"

#include <algorithm>
#include <utility>

#include "backends/engine/checkpoint/config.h"
#include "backends/engine/checkpoint/identity.h"
#include "backends/engine/checkpoint/mapped_file.h"

namespace proctor::engine {
namespace {

namespace fs = std::filesystem;

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

void add_special_ids(const CheckpointConfig& config, GenerationConfig& generation) {
  std::vector<std::int32_t>& ids = generation.eos_ids;
  ids.insert(ids.end(), config.eos_ids.begin(), config.eos_ids.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (!generation.bos_id) generation.bos_id = config.bos_id;
}

}  // namespace

Checkpoint::Checkpoint(ModelConfig config, GenerationConfig generation, WeightFiles files,
                       Weights weights)
    : config_(std::move(config)),
      generation_(std::move(generation)),
      files_(std::move(files)),
      weights_(std::move(weights)) {}

Result<Checkpoint> Checkpoint::load(const fs::path& folder) {
  const Result<MappedFile> config = MappedFile::load(folder / "config.json");
  if (!config) return config.error();
  const Result<MappedFile> generation = MappedFile::load(folder / "generation_config.json");
  if (!generation && generation.error().code() != ErrorCode::not_found) return generation.error();
  return assemble(text_of(*config), generation ? text_of(*generation) : std::string_view(),
                  WeightFiles::load(folder), (folder / "").string());
}

Result<Checkpoint> Checkpoint::from_memory(std::string_view config,
                                           std::string_view generation_config,
                                           std::span<const std::byte> safetensors) {
  return assemble(config, generation_config, WeightFiles::from_memory(safetensors), "");
}

// `prefix` is what stands before a file's name in a message.
Result<Checkpoint> Checkpoint::assemble(std::string_view config, std::string_view generation_config,
                                        Result<WeightFiles> files, const std::string& prefix) {
  Result<CheckpointConfig> parsed = parse_config(config);
  if (!parsed) return parsed.error().within(prefix + "config.json");
  GenerationConfig generation;
  if (!generation_config.empty()) {
    Result<GenerationConfig> read = parse_generation_config(generation_config);
    if (!read) return read.error().within(prefix + "generation_config.json");
    generation = std::move(*read);
  }
  add_special_ids(*parsed, generation);
  if (!files) return files.error();
  Result<Weights> weights = bind_weights(parsed->model, files->tensors());
  if (!weights) return weights.error().within(files->place());
  return Checkpoint(parsed->model, std::move(generation), std::move(*files), std::move(*weights));
}

std::string Checkpoint::identity() const { return identity_of(config_, files_.tensors()); }

}  // namespace proctor::engine
