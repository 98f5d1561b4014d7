#include "sandbox/cgroup_files.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// Line by line: "oom_kill" is also the end and the beginning of other keys.
std::optional<std::uint64_t> number_after(std::string_view key, std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!key.empty()) {
      if (!line.starts_with(key) || !line.substr(key.size()).starts_with(' ')) continue;
      line.remove_prefix(key.size() + 1);
    }
    std::uint64_t number = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), number).ec == std::errc{}) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<FileDescriptor> open_cgroup_file(const std::string& path, int flags, int directory) {
  FileDescriptor file(openat(directory, path.c_str(), flags | O_CLOEXEC));
  if (!file.is_open()) return os_error(path);
  return file;
}

Result<void> write_cgroup_file(const FileDescriptor& file, std::string_view path,
                               std::string_view value) {
  if (pwrite(file.get(), value.data(), value.size(), 0) < 0) return os_error(path);
  return {};
}

Result<void> write_cgroup_file(const std::string& path, std::string_view value, int directory) {
  const Result<FileDescriptor> file = open_cgroup_file(path, O_WRONLY, directory);
  if (!file) return file.error();
  return write_cgroup_file(*file, path, value);
}

Result<std::uint64_t> read_cgroup_number(const FileDescriptor& file, std::string_view path,
                                         std::string_view key) {
  const std::string_view keys[] = {key};
  const Result<std::vector<std::uint64_t>> numbers = read_cgroup_numbers(file, path, keys);
  if (!numbers) return numbers.error();
  return numbers->front();
}

Result<std::vector<std::uint64_t>> read_cgroup_numbers(const FileDescriptor& file,
                                                       std::string_view path,
                                                       std::span<const std::string_view> keys) {
  char buffer[4096];  // memory.stat is the longest
  const ssize_t size = pread(file.get(), buffer, sizeof buffer, 0);
  if (size < 0) return os_error(path);
  const std::string_view text(buffer, static_cast<std::size_t>(size));
  std::vector<std::uint64_t> numbers;
  for (const std::string_view key : keys) {
    const std::optional<std::uint64_t> number = number_after(key, text);
    if (!number) {
      return Error(ErrorCode::unavailable, std::string(path) + ": no number " + std::string(key));
    }
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace proctor::sandbox
