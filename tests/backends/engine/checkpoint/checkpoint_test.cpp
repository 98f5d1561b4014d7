#include "backends/engine/checkpoint/checkpoint.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/backends/engine/support/synthetic_model.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;
using namespace proctor::engine::support;
using nlohmann::json;
using proctor::support::read_file;
using proctor::support::TempDir;

namespace {

constexpr Architecture kArchitectures[] = {Architecture::qwen2, Architecture::qwen3,
                                           Architecture::llama};

bool same(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.data, b.data);
}

std::vector<TensorView> all_of(const Weights& weights) {
  std::vector<TensorView> all = {weights.embed, weights.final_norm, weights.lm_head};
  for (const LayerWeights& layer : weights.layers) {
    all.insert(all.end(), {layer.input_norm, layer.q, layer.k, layer.v, layer.q_bias, layer.k_bias,
                           layer.v_bias, layer.q_norm, layer.k_norm, layer.o, layer.post_norm,
                           layer.gate, layer.up, layer.down});
  }
  return all;
}

// The header and the data of a safetensors file, to take apart and put together.
struct Parts {
  json header;
  std::string data;

  static Parts of(const std::string& file) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    return {json::parse(file.substr(8, length)), file.substr(8 + length)};
  }

  std::string file() const {
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t length = text.size();
    std::string start(sizeof length, '\0');
    std::memcpy(start.data(), &length, sizeof length);
    return start + text + data;
  }
};

// The message of the refusal of a small model with its weights changed; empty when it is accepted.
std::string refusal_of(Architecture architecture, bool tied, void (*change)(Parts&)) {
  const TempDir folder;
  SyntheticModel model{.config = small_config(architecture)};
  model.config.tied_embeddings = tied;
  write_synthetic(folder.path(), model);
  Parts parts = Parts::of(read_file(folder / "model.safetensors"));
  change(parts);
  folder.write("model.safetensors", parts.file());
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder.path());
  return checkpoint ? "" : checkpoint.error().message();
}

void rename(Parts& parts, const char* from, const char* to) {
  parts.header[to] = parts.header[from];
  parts.header.erase(from);
}

void append(Parts& parts, const char* name, std::vector<std::int64_t> shape, std::size_t elements,
            char fill) {
  const std::size_t begin = parts.data.size();
  parts.data.append(2 * elements, fill);
  parts.header[name] = {
      {"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {begin, parts.data.size()}}};
}

}  // namespace

TEST_CASE("a checkpoint is the same from one file, from shards and from memory") {
  for (const Architecture architecture : kArchitectures) {
    CAPTURE(static_cast<int>(architecture));
    SyntheticModel model{.config = small_config(architecture)};
    const TempDir whole_folder;
    write_synthetic(whole_folder.path(), model);
    model.shards = 3;
    const TempDir sharded_folder;
    write_synthetic(sharded_folder.path(), model);
    CHECK(!std::filesystem::exists(sharded_folder / "model.safetensors"));

    const Result<Checkpoint> whole = Checkpoint::load(whole_folder.path());
    const Result<Checkpoint> sharded = Checkpoint::load(sharded_folder.path());
    const std::string image = read_file(whole_folder / "model.safetensors");
    const Result<Checkpoint> memory = Checkpoint::from_memory(
        read_file(whole_folder / "config.json"), read_file(whole_folder / "generation_config.json"),
        std::as_bytes(std::span(image)));
    REQUIRE(whole);
    for (const Result<Checkpoint>* other : {&sharded, &memory}) {
      REQUIRE(*other);
      CHECK((*other)->config() == model.config);
      CHECK((*other)->config() == whole->config());
      CHECK((*other)->generation() == whole->generation());
      CHECK((*other)->identity() == whole->identity());
      CHECK(std::ranges::equal(all_of((*other)->weights()), all_of(whole->weights()), same));
    }
  }
}

TEST_CASE("end tokens are those of both files, and generation_config.json has the real BOS") {
  const TempDir folder;
  write_synthetic(folder.path(), {.config = small_config(Architecture::qwen2)});
  const Result<Checkpoint> both = Checkpoint::load(folder.path());
  REQUIRE(both);
  CHECK(both->generation().eos_ids == std::vector<std::int32_t>{1, 2});
  CHECK(both->generation().bos_id == 0);
  CHECK(both->generation().temperature == 0.6);
  std::filesystem::remove(folder / "generation_config.json");
  const Result<Checkpoint> one = Checkpoint::load(folder.path());
  REQUIRE(one);
  CHECK(one->generation().eos_ids == std::vector<std::int32_t>{1});
  CHECK(!one->generation().bos_id);
  CHECK(!one->generation().temperature);
  folder.write("generation_config.json", "{");
  CHECK(!Checkpoint::load(folder.path()));
}

TEST_CASE("tied embeddings are one table, stored once or twice") {
  SyntheticModel model{.config = small_config(Architecture::qwen3)};
  const TempDir untied_folder;
  write_synthetic(untied_folder.path(), model);
  model.config.tied_embeddings = true;
  const TempDir tied_folder;
  write_synthetic(tied_folder.path(), model);
  const Result<Checkpoint> untied = Checkpoint::load(untied_folder.path());
  const Result<Checkpoint> tied = Checkpoint::load(tied_folder.path());
  REQUIRE(untied);
  REQUIRE(tied);
  CHECK(tied->weights().lm_head.data.data() == tied->weights().embed.data.data());
  CHECK(untied->weights().lm_head.data.data() != untied->weights().embed.data.data());
  CHECK(tied->footprint().parameters == untied->footprint().parameters - 320 * 64);

  const auto store_twice = [](Parts& parts) {
    const auto at = parts.header["model.embed_tokens.weight"]["data_offsets"];
    const std::size_t begin = parts.data.size();
    parts.data += parts.data.substr(at[0], at[1].get<std::size_t>() - at[0].get<std::size_t>());
    parts.header["lm_head.weight"] = parts.header["model.embed_tokens.weight"];
    parts.header["lm_head.weight"]["data_offsets"] = {begin, parts.data.size()};
  };
  CHECK(refusal_of(Architecture::qwen3, true, store_twice).empty());
  const auto store_other = [](Parts& parts) {
    append(parts, "lm_head.weight", {320, 64}, 320 * 64, '\1');
  };
  CHECK(refusal_of(Architecture::qwen3, true, store_other).find("differs from the embedding") !=
        std::string::npos);
}

TEST_CASE("weights that do not fit the configuration are refused by name and shape") {
  struct Row {
    Architecture architecture;
    void (*change)(Parts&);
    const char* complaint;  // empty when it is accepted
  };
  const Row kRows[] = {
      {Architecture::qwen2, [](Parts&) {}, ""},
      {Architecture::qwen2,
       [](Parts& p) { rename(p, "lm_head.weight", "model.layers.0.other.weight"); },
       "tensor \"lm_head.weight\": missing, expected [320, 64]"},
      {Architecture::qwen2,
       [](Parts& p) { rename(p, "model.layers.1.self_attn.k_proj.bias", "extra"); },
       "tensor \"model.layers.1.self_attn.k_proj.bias\": missing, expected [32]"},
      {Architecture::qwen3,
       [](Parts& p) { rename(p, "model.layers.0.self_attn.q_norm.weight", "extra"); },
       "tensor \"model.layers.0.self_attn.q_norm.weight\": missing, expected [32]"},
      {Architecture::qwen3,
       [](Parts& p) {
         p.header["model.layers.0.self_attn.k_proj.weight"]["shape"] = {32, 128};
       },
       "k_proj.weight\": expected [64, 64], found [32, 128]"},
      {Architecture::llama,
       [](Parts& p) {
         p.header["model.embed_tokens.weight"]["shape"] = {64, 320};
       },
       "model.safetensors: tensor \"model.embed_tokens.weight\": expected [320, 64], found [64, "
       "320]"},
      {Architecture::llama,
       [](Parts& p) {
         p.header["model.norm.weight"]["shape"] = {1, 64};
       },
       "tensor \"model.norm.weight\": expected [64], found [1, 64]"},
      {Architecture::llama,
       [](Parts& p) { append(p, "model.layers.0.self_attn.o_proj.bias", {64}, 64, 0); },
       "tensor \"model.layers.0.self_attn.o_proj.bias\": this model has no such tensor"},
      {Architecture::llama,
       [](Parts& p) {
         append(p, "model.layers.2.mlp.up_proj.weight", {160, 64}, 160 * 64, 0);
       },
       "tensor \"model.layers.2.mlp.up_proj.weight\": this model has no such tensor"},
      {Architecture::llama,
       [](Parts& p) { append(p, "model.layers.0.self_attn.q_proj.bias", {64}, 64, 0); },
       "q_proj.bias\": this model has no such tensor"},
      {Architecture::llama,
       [](Parts& p) { append(p, "model.layers.0.self_attn.rotary_emb.inv_freq", {4}, 4, 0); }, ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.complaint);
    const std::string refusal = refusal_of(row.architecture, false, row.change);
    CAPTURE(refusal);
    CHECK(refusal.empty() == (*row.complaint == '\0'));
    CHECK(refusal.find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("what is missing from the folder is named") {
  const TempDir folder;
  const Result<Checkpoint> empty = Checkpoint::load(folder.path());
  REQUIRE(!empty);
  CHECK(empty.error().code() == ErrorCode::not_found);
  CHECK(empty.error().message().find("config.json") != std::string::npos);
  write_synthetic(folder.path(), {.config = small_config(Architecture::qwen2)});
  CHECK(Checkpoint::load(folder.path()));
  folder.write("config.json", R"({"architectures":["GPT2LMHeadModel"]})");
  const Result<Checkpoint> other = Checkpoint::load(folder.path());
  REQUIRE(!other);
  CHECK(other.error().message().starts_with((folder / "config.json").string() +
                                            ": field \"architectures\": "));
}

TEST_CASE("the footprint counts what is there") {
  const TempDir folder;
  write_synthetic(folder.path(), {.config = small_config(Architecture::qwen2)});
  const Result<Checkpoint> checkpoint = Checkpoint::load(folder.path());
  REQUIRE(checkpoint);
  const Footprint footprint = checkpoint->footprint();
  const std::int64_t layer = 2 * 64 + 64 * (64 + 32 + 32) + 64 + 32 + 32 + 64 * 64 + 3 * 64 * 160;
  CHECK(footprint.parameters == 2 * 320 * 64 + 64 + 2 * layer);
  CHECK(footprint.weight_bytes == 2 * footprint.parameters);
  CHECK(footprint.kv_bytes_per_token_bf16 == 2 * 2 * 2 * 16 * 2);
  CHECK(footprint.kv_bytes_per_token_f32 == 2 * footprint.kv_bytes_per_token_bf16);
  CHECK(2 * footprint.kv_bytes_per_token_e4m3 == footprint.kv_bytes_per_token_bf16);
  // Tables, norms and biases stay; a scale of 4 bytes for each output of the layers' matrices.
  const std::int64_t weights = 64 * (64 + 32 + 32) + 64 * 64 + 3 * 64 * 160;
  const std::int64_t outputs = (64 + 32 + 32) + 64 + 2 * 160 + 64;
  CHECK(footprint.weight_bytes_e4m3 == footprint.weight_bytes - 2 * (weights - 4 * outputs));
}

TEST_CASE("the identity follows every byte of a small model and nothing else") {
  const TempDir folder;
  const SyntheticModel model{.config = small_config(Architecture::llama)};
  write_synthetic(folder.path(), model);
  const auto identity = [&] { return Checkpoint::load(folder.path())->identity(); };
  const std::string first = identity();
  CHECK(first.size() == 64);
  CHECK(identity() == first);

  json config = json::parse(read_file(folder / "config.json"));
  config["transformers_version"] = "4.43.1";
  folder.write("config.json", config.dump());
  CHECK(identity() == first);
  config["rms_norm_eps"] = 1.0000001e-5;
  folder.write("config.json", config.dump());
  CHECK(identity() != first);
  write_synthetic(folder.path(), model);
  CHECK(identity() == first);
  std::string image = read_file(folder / "model.safetensors");
  image[image.size() / 2] = static_cast<char>(image[image.size() / 2] ^ 1);
  folder.write("model.safetensors", image);
  CHECK(identity() != first);
}

TEST_CASE("the identity of a large model samples each tensor from its first byte to its last") {
  // 65 MiB of zeros, made by the file system.
  ModelConfig config = small_config(Architecture::llama);
  config.tied_embeddings = true;
  config.vocab_size = 65 << 13;
  const TempDir folder;
  SyntheticModel model{.config = small_config(Architecture::llama)};
  model.config.tied_embeddings = true;
  write_synthetic(folder.path(), model);
  Parts parts = Parts::of(read_file(folder / "model.safetensors"));
  const std::size_t begin = parts.data.size();
  const std::size_t size = std::size_t{65} << 20;
  // The small table stays where it is, under the name of an ignored tensor.
  rename(parts, "model.embed_tokens.weight", "model.layers.0.self_attn.rotary_emb.inv_freq");
  parts.header["model.embed_tokens.weight"] = {{"dtype", "BF16"},
                                               {"shape", {config.vocab_size, 64}},
                                               {"data_offsets", {begin, begin + size}}};
  const auto path = folder.write("model.safetensors", parts.file());
  const std::uintmax_t start = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, start + size);
  json fields = json::parse(read_file(folder / "config.json"));
  fields["vocab_size"] = config.vocab_size;
  folder.write("config.json", fields.dump());
  const auto identity_with = [&](std::uintmax_t offset, char value) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(start + offset));
    file.put(value);
    file.flush();
    const Result<Checkpoint> checkpoint = Checkpoint::load(folder.path());
    if (!checkpoint) FAIL(checkpoint.error().message());
    return checkpoint->identity();
  };
  const std::string zeros = identity_with(0, 0);
  CHECK(identity_with(0, 1) != zeros);
  CHECK(identity_with(0, 0) == zeros);
  CHECK(identity_with(size - 1, 1) != zeros);
  CHECK(identity_with(size - 1, 0) == zeros);
  CHECK(identity_with(size / 30, 1) == zeros);  // between the first two blocks: the known limit
}
