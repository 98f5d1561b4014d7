#include "harness/core/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "harness/core/file_descriptor.h"

namespace proctor {
namespace {

Error refused(const std::filesystem::path& path, std::string_view action, int error) {
  ErrorCode code = ErrorCode::io;
  if (error == ENOENT) code = ErrorCode::not_found;
  if (error == EISDIR) code = ErrorCode::invalid_input;
  return Error(code, path.string() + ": cannot " + std::string(action) + ": " +
                         std::generic_category().message(error));
}

}  // namespace

Result<std::string> read_whole_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return refused(path, "open", errno);
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused(path, "read", errno);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace proctor
