#include "backends/engine/checkpoint/weight_files.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "backends/engine/checkpoint/json_fields.h"

namespace proctor::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

Error wrong(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

std::string tensor_called(const std::string& name) { return "tensor \"" + name + "\""; }

bool plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

using WeightMap = std::map<std::string, std::string>;  // tensor name to file name

Result<WeightMap> parse_index(std::string_view json) {
  Result<JsonFields> index = JsonFields::parse(json);
  if (!index) return index.error();
  std::optional<JsonFields> names = index->object("weight_map");
  if (Result<void> read = index->finish(); !read) return read.error();
  if (!names) return wrong("field \"weight_map\": expected an object, found nothing");
  WeightMap files;
  for (const std::string& tensor : names->names()) {
    files[tensor] = names->required_text(tensor);
    if (!plain_file_name(files[tensor])) {
      names->fail(tensor, "expected the name of a file in the same folder, found \"" +
                              files[tensor] + "\"");
    }
  }
  index->finish_inner("weight_map", *names);
  if (Result<void> read = index->finish(); !read) return read.error();
  return files;
}

Result<WeightMap> load_index(const fs::path& path) {
  const Result<MappedFile> file = MappedFile::load(path);
  if (!file) return file.error();
  const std::span<const std::byte> bytes = file->bytes();
  Result<WeightMap> index =
      parse_index({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!index) return index.error().within(path.string());
  return index;
}

// The tensors of one shard must be exactly those that the index puts there.
Result<void> check_shard(const std::string& shard, const TensorMap& tensors,
                         const WeightMap& index) {
  for (const auto& [name, view] : tensors) {
    const auto found = index.find(name);
    if (found == index.end()) return wrong(tensor_called(name) + ": the index does not name it");
    if (found->second != shard) {
      return wrong(tensor_called(name) + ": the index puts it into " + found->second);
    }
  }
  for (const auto& [name, file] : index) {
    if (file == shard && !tensors.contains(name)) {
      return wrong(tensor_called(name) + ": the index puts it here, but it is not");
    }
  }
  return {};
}

}  // namespace

Result<WeightFiles> WeightFiles::load(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kSingle, ignored)) return load_single(folder / kSingle);
  if (fs::exists(folder / kIndex, ignored)) return load_shards(folder);
  return Error(ErrorCode::not_found,
               folder.string() + ": neither " + kSingle + " nor " + kIndex + " is there");
}

Result<WeightFiles> WeightFiles::from_memory(std::span<const std::byte> image) {
  WeightFiles weights;
  if (reinterpret_cast<std::uintptr_t>(image.data()) % alignof(std::uint64_t) != 0) {
    weights.copy_ = std::make_unique<std::byte[]>(image.size());
    std::copy(image.begin(), image.end(), weights.copy_.get());
    image = {weights.copy_.get(), image.size()};
  }
  Result<TensorMap> tensors = parse_safetensors(image);
  if (!tensors) return tensors.error().within(weights.place_);
  weights.tensors_ = std::move(*tensors);
  return weights;
}

Result<WeightFiles> WeightFiles::load_single(const fs::path& file) {
  WeightFiles weights;
  weights.place_ = file.string();
  Result<TensorMap> tensors = weights.map(file);
  if (!tensors) return tensors.error();
  weights.tensors_ = std::move(*tensors);
  return weights;
}

Result<WeightFiles> WeightFiles::load_shards(const fs::path& folder) {
  const Result<WeightMap> index = load_index(folder / kIndex);
  if (!index) return index.error();
  std::set<std::string> shards;
  for (const auto& [name, file] : *index) shards.insert(file);
  WeightFiles weights;
  weights.place_ = (folder / kIndex).string();
  for (const std::string& shard : shards) {
    Result<TensorMap> tensors = weights.map(folder / shard);
    if (!tensors) return tensors.error();
    if (Result<void> good = check_shard(shard, *tensors, *index); !good) {
      return good.error().within((folder / shard).string());
    }
    weights.tensors_.merge(*tensors);
  }
  return weights;
}

Result<TensorMap> WeightFiles::map(const fs::path& file) {
  Result<MappedFile> mapped = MappedFile::load(file);
  if (!mapped) return mapped.error();
  files_.push_back(std::move(*mapped));
  Result<TensorMap> tensors = parse_safetensors(files_.back().bytes());
  if (!tensors) return tensors.error().within(file.string());
  return tensors;
}

}  // namespace proctor::engine
