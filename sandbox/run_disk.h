// What a run can write to: a tmpfs of its own, bounded in bytes and files, that holds /box and
// /tmp.
//
// The supervisor makes it, attached nowhere, and puts the program's files in; process 1 attaches
// it; once every process of the run is gone the supervisor takes out what was asked for, and with
// the last descriptor it vanishes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/identity.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

class RunDisk {
 public:
  static Result<RunDisk> make(Bytes size);

  // `name` has been checked: one name, no path.
  Result<void> put(const std::string& name, std::string_view content, bool executable) const;

  // A file of /box for reading, or nothing if there is no regular file of that name. The program
  // may have put anything there: links are not followed, and a FIFO is not waited for.
  FileDescriptor take(const std::string& name) const;

  int mount() const { return mount_.get(); }
  int box() const { return box_.get(); }
  int tmp() const { return tmp_.get(); }

 private:
  FileDescriptor mount_;
  FileDescriptor box_;
  FileDescriptor tmp_;
};

}  // namespace proctor::sandbox
