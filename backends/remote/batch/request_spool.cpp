#include "backends/remote/batch/request_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace proctor::backends {
namespace {

Error failed(const char* what) {
  const ErrorCode code = errno == ENOSPC || errno == EDQUOT ? ErrorCode::disk_full : ErrorCode::io;
  return Error(code, std::string("waiting requests: ") + what + ": " + std::strerror(errno));
}

}  // namespace

Result<RequestSpool> RequestSpool::make() {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  std::string name = ((none ? "/tmp" : folder) / "proctor-batch-XXXXXX").string();
  FileDescriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) return failed(name.c_str());
  if (unlink(name.c_str()) != 0) return failed(name.c_str());
  return RequestSpool(std::move(file));
}

Result<RequestSpool::Place> RequestSpool::add(std::string_view text) {
  const Place place{end_, text.size()};
  while (!text.empty()) {
    const ssize_t written = pwrite(file_.get(), text.data(), text.size(), static_cast<off_t>(end_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("write");
    end_ += static_cast<std::uint64_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return place;
}

Result<std::size_t> RequestSpool::read(std::uint64_t offset, std::span<char> to) const {
  while (true) {
    const ssize_t got = pread(file_.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Error(ErrorCode::io, "waiting requests: their file is cut short");
    if (errno != EINTR) return failed("read");
  }
}

}  // namespace proctor::backends
