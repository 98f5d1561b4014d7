// Landlock (landlock(7)): a second fence behind the mounts and the network namespace. It would hold
// if one of those were left open by mistake: writing only below /box and /tmp, no TCP, no abstract
// sockets, no signals to processes outside.
#pragma once

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::sandbox {

// The version that this kernel speaks; 0: none. A system call, for there is no file to ask.
int landlock_version();

// Directories as seen from outside the box, opened for this.
struct WritablePlaces {
  int box = -1;
  int tmp = -1;
  int devices = -1;  // its files may be written to, nothing else
};

// The rules of one run: changes are allowed below these places and nowhere else. Only with a
// landlock_version() above 0.
Result<FileDescriptor> make_landlock_rules(int version, const WritablePlaces& places);

// Binds the calling thread to them. 0 or errno. After fork: allocates nothing.
int apply_landlock(int rules);

}  // namespace proctor::sandbox
