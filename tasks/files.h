// Files, read piece by piece or in part, and replaced whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::tasks {

// A file that is read from its beginning to its end, once.
class InputFile {
 public:
  // Errors, all naming the path: not_found; io.
  static Result<InputFile> open(const std::filesystem::path& path);

  // Reads into `buffer` and says how many bytes; 0 at the end.
  // Errors, all naming the path: invalid_input for a folder; io.
  Result<std::size_t> read(std::span<char> buffer) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  InputFile(std::filesystem::path path, FileDescriptor fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  FileDescriptor fd_;
};

// The bytes from `offset` on. Errors, all naming the path: not_found; io; invalid_input, if the
// file ends before them.
Result<std::string> read_part_of_file(const std::filesystem::path& path, std::uint64_t offset,
                                      std::size_t size);

// Makes `path` hold `bytes` in one step that survives a crash: at any moment the path shows the old
// content or the new, and after an error the old. Creates the folder. Errors: io, disk_full.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace proctor::tasks
