#include "backends/engine/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "harness/core/file_descriptor.h"

namespace proctor::engine {
namespace {

Error failed_on(const std::filesystem::path& path) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::io;
  return Error(code, path.string() + ": " + std::strerror(errno));
}

}  // namespace

Result<MappedFile> MappedFile::load(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed_on(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed_on(path);
  if (!S_ISREG(status.st_mode)) return Error(ErrorCode::io, path.string() + ": not a file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile({});  // mmap refuses a length of 0
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return failed_on(path);
  return MappedFile({static_cast<const std::byte*>(start), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace proctor::engine
