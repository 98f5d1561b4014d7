// A store in the making, beside the file that it is for: gone with this unless it took its place.
#pragma once

#include <filesystem>
#include <utility>

#include "harness/core/result.h"

namespace proctor::reports {

class ScratchStore {
 public:
  // An empty store, `beside` with the process's number after it. Errors: io, disk_full.
  static Result<ScratchStore> create(const std::filesystem::path& beside);
  ~ScratchStore();
  ScratchStore(ScratchStore&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchStore& operator=(ScratchStore&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Gives it that name in one step, once it is safe on the disk. No connection may be open; call
  // once. Errors: invalid_input, if there is a file of that name; io, disk_full.
  Result<void> become(const std::filesystem::path& file);

 private:
  explicit ScratchStore(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace proctor::reports
