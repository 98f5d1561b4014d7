// The judge's end of a pipe that a program writes to: keeps what comes, up to a cap.
#pragma once

#include <string>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

class Capture {
 public:
  // A new pipe; the other end is taken with take_writer().
  static Result<Capture> make(Bytes cap);

  FileDescriptor take_writer() { return std::move(writer_); }
  // To poll for reading; -1 once there is nothing more to come.
  int reader() const { return reader_.get(); }

  // Reads what is there, without waiting.
  void read_available();

  // More came than the cap; what was over is dropped.
  bool over() const { return over_; }
  std::string take_text() { return std::move(text_); }

 private:
  FileDescriptor reader_, writer_;
  Bytes cap_ = 0;
  bool over_ = false;
  std::string text_;
};

}  // namespace proctor::sandbox
