// A folder that remembers results by the hash of what they were made from. Only a cache: what
// cannot be read, or was damaged, is made again, and what cannot be written is not kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace proctor::graders::code {

// Thread-safe, and several processes may share a folder: files appear whole or not at all, and
// carry the hash of their content.
class FileCache {
 public:
  // Without a folder (an empty path) nothing is kept. Past `most_bytes` the files that were used
  // least recently are removed.
  FileCache(std::filesystem::path folder, std::uint64_t most_bytes);

  // `key` is a file name.
  std::optional<std::string> load(const std::string& key) const;
  void save(const std::string& key, const std::string& content) const;

 private:
  void remove_oldest() const;

  const std::filesystem::path folder_;
  const std::uint64_t most_bytes_;
};

// Writes a file that takes its name once it is whole and safe on the disk; false if it could not.
bool write_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace proctor::graders::code
