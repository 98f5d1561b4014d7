// Where a checkpoint's tensors lie: in model.safetensors, in the shards that
// model.safetensors.index.json lists, or in memory that the caller gives.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/engine/checkpoint/mapped_file.h"
#include "backends/engine/checkpoint/safetensors.h"
#include "harness/core/result.h"

namespace proctor::engine {

// Owns the mappings, so it must outlive every view; moving it leaves the views valid.
class WeightFiles {
 public:
  // model.safetensors where there is one, as transformers does, else the shards.
  // Errors: not_found, when there is neither, or not the shard that the index names; io;
  // invalid_input, naming the file: what parse_safetensors refuses; an index that names a file
  // outside the folder; a tensor that is in another shard than it says, in two, in none, or not in
  // the index.
  static Result<WeightFiles> load(const std::filesystem::path& folder);
  // An image of model.safetensors, which must outlive what this returns. One that is not aligned
  // to 8 bytes is copied. Errors: as of parse_safetensors.
  static Result<WeightFiles> from_memory(std::span<const std::byte> image);

  const TensorMap& tensors() const { return tensors_; }
  // The file that a message about the tensors as a whole should name: the only one, or the index.
  const std::string& place() const { return place_; }

 private:
  static Result<WeightFiles> load_single(const std::filesystem::path& file);
  static Result<WeightFiles> load_shards(const std::filesystem::path& folder);
  Result<TensorMap> map(const std::filesystem::path& file);

  std::vector<MappedFile> files_;
  std::unique_ptr<std::byte[]> copy_;
  TensorMap tensors_;
  std::string place_ = "model.safetensors";
};

}  // namespace proctor::engine
