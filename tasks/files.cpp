#include "tasks/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;

// A new file with a name of its own beside `target`; unlinked at the end unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : name_(target.string() + ".XXXXXX"), fd_(::mkostemp(name_.data(), O_CLOEXEC)) {}
  ~TemporaryFile() {
    if (fd_.is_open() && !renamed_) ::unlink(name_.c_str());
  }

  bool is_open() const { return fd_.is_open(); }
  int fd() const { return fd_.get(); }

  bool rename_to(const fs::path& target) {
    renamed_ = ::rename(name_.c_str(), target.c_str()) == 0;
    return renamed_;
  }

 private:
  std::string name_;
  FileDescriptor fd_;
  bool renamed_ = false;
};

Error refused(const fs::path& path, std::string_view action, int error) {
  ErrorCode code = ErrorCode::io;
  if (error == ENOENT) code = ErrorCode::not_found;
  if (error == EISDIR) code = ErrorCode::invalid_input;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::disk_full;
  return Error(code, path.string() + ": cannot " + std::string(action) + ": " +
                         std::generic_category().message(error));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Makes a rename in the folder durable. Some file systems have no such call and say EINVAL.
Result<void> sync_folder(const fs::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return refused(folder, "open", errno);
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return refused(folder, "sync", errno);
  return {};
}

}  // namespace

Result<InputFile> InputFile::open(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return refused(path, "open", errno);
  return InputFile(path, std::move(fd));
}

Result<std::size_t> InputFile::read(std::span<char> buffer) const {
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return refused(path_, "read", errno);
  }
}

Result<std::string> read_part_of_file(const fs::path& path, std::uint64_t offset,
                                      std::size_t size) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return refused(path, "open", errno);
  std::string part(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        ::pread(fd.get(), part.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused(path, "read", errno);
    if (got == 0)
      return Error(ErrorCode::invalid_input, path.string() + ": is shorter than it was");
    filled += static_cast<std::size_t>(got);
  }
  return part;
}

Result<void> replace_file(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return refused(folder, "create the folder", error.value());

  TemporaryFile file(path);
  if (!file.is_open()) return refused(folder, "create a file", errno);
  // mkostemp leaves the file to its owner alone; benchmark data is for all who share the folder.
  if (::fchmod(file.fd(), 0644) != 0) return refused(path, "set permissions", errno);
  if (!write_all(file.fd(), bytes)) return refused(path, "write", errno);
  if (::fsync(file.fd()) != 0) return refused(path, "sync", errno);
  if (!file.rename_to(path)) return refused(path, "replace", errno);
  return sync_folder(folder);
}

}  // namespace proctor::tasks
