// A file as read-only memory that the kernel fills page by page and may drop again. POSIX.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

#include "harness/core/result.h"

namespace proctor::engine {

// Unmaps itself. Its bytes stay where they are when it is moved, and may be read from any thread.
// A file that another program cuts short while it is mapped kills the reader (SIGBUS): the kernel
// offers nothing better, and checkpoints are not edited in place.
class MappedFile {
 public:
  // Errors: not_found; io, also for what is not a regular file.
  static Result<MappedFile> load(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  // Begins at a page.
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
};

}  // namespace proctor::engine
