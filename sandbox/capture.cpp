#include "sandbox/capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

Result<Capture> Capture::make(Bytes cap) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return os_error("sandbox: pipe");
  Capture capture;
  capture.reader_ = FileDescriptor(ends[0]);
  capture.writer_ = FileDescriptor(ends[1]);
  capture.cap_ = cap;
  // Our end only: the flag is of the open file, and the program expects to wait.
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return os_error("sandbox: pipe");
  return capture;
}

void Capture::read_available() {
  static thread_local std::array<char, 64 * 1024> buffer;
  while (reader_.is_open()) {
    const ssize_t size = read(reader_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      reader_.close();
      return;
    }
    const std::size_t room = static_cast<std::size_t>(cap_) - text_.size();
    over_ = over_ || static_cast<std::size_t>(size) > room;
    text_.append(buffer.data(), std::min(static_cast<std::size_t>(size), room));
    // The writer is about to be killed, and must not keep us busy until it is.
    if (over_) reader_.close();
  }
}

}  // namespace proctor::sandbox
