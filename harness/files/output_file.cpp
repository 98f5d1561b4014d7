#include "harness/files/output_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;

// Named after the process, so that two of them may write to one place: the later rename wins.
fs::path partial_beside(const fs::path& target) {
  return target.string() + fmt::format(".{}.partial", getpid());
}

}  // namespace

Error file_error(std::string_view path, std::string_view complaint) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  const ErrorCode code = full               ? ErrorCode::disk_full
                         : number == ENOENT ? ErrorCode::not_found
                                            : ErrorCode::io;
  return Error(code, fmt::format("{}: {}: {}", path, complaint, std::strerror(number)));
}

Result<void> make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  const bool full = error == std::errc::no_space_on_device;
  return Error(full ? ErrorCode::disk_full : ErrorCode::io,
               fmt::format("{}: cannot create: {}", path.string(), error.message()));
}

OutputFile::OutputFile(fs::path path, fs::path target, bool in_place)
    : path_(std::move(path)),
      target_(std::move(target)),
      partial_(in_place ? target_ : partial_beside(target_)),
      in_place_(in_place),
      stream_(std::fopen(partial_.c_str(), "we"), std::fclose) {}

Result<OutputFile> OutputFile::create(const fs::path& path) {
  std::error_code ignored;
  const bool exists = fs::exists(path, ignored);
  const bool in_place = exists && !fs::is_regular_file(path, ignored);
  const bool link = exists && !in_place && fs::is_symlink(path, ignored);
  OutputFile file(path, link ? fs::canonical(path, ignored) : path, in_place);
  if (!file.stream_) return file_error(path.string(), "cannot create");
  return file;
}

OutputFile::~OutputFile() {
  if (stream_) discard();
}

Result<void> OutputFile::keep() {
  const bool written = std::fflush(stream()) == 0 && std::ferror(stream()) == 0 &&
                       (in_place_ || fsync(fileno(stream())) == 0);
  if (!written) return file_error(path_.string(), "cannot write");
  if (!in_place_ && std::rename(partial_.c_str(), target_.c_str()) != 0) {
    return file_error(path_.string(), "cannot replace");
  }
  stream_.reset();
  return {};
}

void OutputFile::discard() const {
  if (!in_place_) unlink(partial_.c_str());
}

}  // namespace proctor::harness
