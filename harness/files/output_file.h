// A file that a verb writes: what it was before, or all that the verb had to say, and never half.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::harness {

// What errno says about a file, as `path`: `complaint`: reason.
Error file_error(std::string_view path, std::string_view complaint);

// Makes the folder and those above it that are missing. Errors: disk_full, io.
Result<void> make_folder(const std::filesystem::path& path);

// A new file beside the one it is to replace; gone with this unless kept. Devices and pipes cannot
// be replaced and are written to directly.
class OutputFile {
 public:
  // A link is followed: what it points to is replaced. Errors: not_found, disk_full, io.
  static Result<OutputFile> create(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;

  std::FILE* stream() const { return stream_.get(); }

  // Puts the file in its place, once it is safe on the disk. Call once; nothing is written after.
  // Errors: disk_full, io; what was there before is then untouched.
  Result<void> keep();

  // Removes the file as it stands, for a program that ends here and now. Safe from any thread.
  void discard() const;

 private:
  using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  OutputFile(std::filesystem::path path, std::filesystem::path target, bool in_place);

  std::filesystem::path path_;     // as the user gave it
  std::filesystem::path target_;   // what is replaced
  std::filesystem::path partial_;  // what is written, up to keep(); the target itself if in place
  bool in_place_;
  Stream stream_;
};

}  // namespace proctor::harness
