// A checkpoint whose matrices lie in E4M3, from its files to logits.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/engine/checkpoint/e4m3.h"
#include "backends/engine/checkpoint/weight_files.h"
#include "backends/engine/cpu/cpu_device.h"
#include "tests/backends/engine/support/reference_model.h"
#include "tests/backends/engine/support/step_driver.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;

namespace {

constexpr float kScale = 0.003F;

void append(std::string& data, nlohmann::ordered_json& header, const std::string& name,
            const char* dtype, const std::vector<std::int64_t>& shape, const void* bytes,
            std::size_t size) {
  header[name] = {
      {"dtype", dtype}, {"shape", shape}, {"data_offsets", {data.size(), data.size() + size}}};
  data.append(static_cast<const char*>(bytes), size);
}

// Writes a folder's model with the matrices of its layers in E4M3, all blocks with one scale. The
// largest elements come first, so that each is aligned.
void round_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const char* name : {"config.json", "generation_config.json"}) {
    std::filesystem::copy_file(from / name, to / name);
  }
  const Result<WeightFiles> files = WeightFiles::load(from);
  REQUIRE(files);
  nlohmann::ordered_json header;
  std::string data;
  const auto rounded = [](const std::string& name) { return name.ends_with("_proj.weight"); };
  for (const auto& [name, view] : files->tensors()) {
    if (!rounded(name)) continue;
    const std::vector<std::int64_t> blocks = {(view.shape[0] + 127) / 128,
                                              (view.shape[1] + 127) / 128};
    const std::vector<float> scales(static_cast<std::size_t>(blocks[0] * blocks[1]), kScale);
    append(data, header, name + "_scale_inv", "F32", blocks, scales.data(),
           scales.size() * sizeof(float));
  }
  for (const auto& [name, view] : files->tensors()) {
    if (rounded(name)) continue;
    append(data, header, name, "BF16", view.shape, view.data.data(), view.data.size());
  }
  for (const auto& [name, view] : files->tensors()) {
    if (!rounded(name)) continue;
    std::vector<float> wide(view.elements());
    view.widen(0, wide);
    std::string bits;
    for (const float weight : wide) bits += static_cast<char>(rounded_to_e4m3(weight / kScale));
    append(data, header, name, "F8_E4M3", view.shape, bits.data(), bits.size());
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream file(to / "model.safetensors", std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length) << text << data;
}

}  // namespace

TEST_CASE("a checkpoint in 8 bits has the logits of the weights that it stands for") {
  const SyntheticCheckpoint model({.config = small_config(Architecture::qwen2)});
  const proctor::support::TempDir folder;
  round_folder(model.folder.path(), folder.path());
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder.path());
  REQUIRE_MESSAGE(checkpoint, (checkpoint ? "" : checkpoint.error().message()));
  REQUIRE(checkpoint->weights().layers[0].up.dtype == DType::e4m3);
  const int vocabulary = checkpoint->config().vocab_size;
  const std::vector<std::int32_t> ids = random_ids(3, 70, vocabulary);
  const std::vector<Row> truth = ReferenceModel(*checkpoint).logits(ids);
  Result<std::unique_ptr<Device>> device =
      cpu::make_cpu_device(*checkpoint, {.threads = 1, .cache_bytes = 1 << 22});
  REQUIRE(device);
  PageSource source(**device);
  std::vector<Row> logits;
  for (const std::vector<float>& row : logits_by_chunks(**device, vocabulary, ids, 33, source)) {
    logits.emplace_back(row.begin(), row.end());
  }
  CHECK(error_of(logits, truth).largest < kLargestF32Error);
  // And is another model than the one it was made from.
  CHECK(error_of(logits, ReferenceModel(model.checkpoint).logits(ids)).mean > 0.05);
  CHECK(checkpoint->identity() != model.checkpoint.identity());
}
