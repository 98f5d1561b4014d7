#include "graders/code/file_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/sha256.h"
#include "harness/core/whole_file.h"

namespace proctor::graders::code {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashSize = 64;

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string temporary_name() {
  static std::atomic<unsigned> count = 0;
  return ".new-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

}  // namespace

bool write_atomically(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  const fs::path temporary = path.parent_path() / temporary_name();
  const FileDescriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH));
  if (!file.is_open()) return false;
  const bool kept = write_all(file.get(), content) && fsync(file.get()) == 0 &&
                    rename(temporary.c_str(), path.c_str()) == 0;
  if (!kept) unlink(temporary.c_str());
  return kept;
}

FileCache::FileCache(fs::path folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {}

std::optional<std::string> FileCache::load(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  const fs::path path = folder_ / key;
  Result<std::string> file = read_whole_file(path);
  if (!file || file->size() < kHashSize) return std::nullopt;
  const std::string hash = file->substr(0, kHashSize);
  file->erase(0, kHashSize);
  if (hash != sha256_hex(*file)) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return std::move(*file);
}

void FileCache::save(const std::string& key, const std::string& content) const {
  if (folder_.empty()) return;
  if (write_atomically(folder_ / key, sha256_hex(content) + content)) remove_oldest();
}

void FileCache::remove_oldest() const {
  struct File {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t bytes = 0;
  };
  std::vector<File> files;
  std::uint64_t bytes = 0;
  // Other processes may remove files meanwhile: what is gone counts nothing.
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const auto size = it->file_size(gone);
    const auto used = it->last_write_time(gone);
    if (gone) continue;
    files.push_back({it->path(), used, size});
    bytes += size;
  }
  if (bytes <= most_bytes_) return;
  std::sort(files.begin(), files.end(),
            [](const File& left, const File& right) { return left.used < right.used; });
  for (const File& file : files) {
    if (bytes <= most_bytes_) break;
    fs::remove(file.path, error);
    bytes -= file.bytes;
  }
}

}  // namespace proctor::graders::code
