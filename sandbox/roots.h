// The trees that programs see: a small read-only root for each Root, with nothing of the host's but
// what it needs.
//
// A root is built once a supervisor, in a mount namespace of its own from which the host's tree is
// then detached. A run copies that namespace and only adds its writable places. Layout:
//   /box, /tmp   mount points of the run's tmpfs (run_disk.h)
//   /dev         null; but in Root::compiler also zero, full, random, urandom, shm -> /tmp
//   /proc        Root::python: of the run's own processes (process_one.h)
//   /usr, /bin.. Root::python and Root::compiler; /usr/local only if the interpreter lives there
//   /shared      Root::compiler: a folder of the caller's
#pragma once

#include <string>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

enum class Proc {
  none,
  own,        // every run mounts its own
  over_host,  // the same for an ordinary user, who may mount one only where the host's is in sight
              // (mount_namespaces(7)): the host's is put at /proc, and every run covers it
};

struct RootPlan {
  std::string shared_folder{};  // a host directory or empty
  Proc proc = Proc::own;        // of Root::python
};

// A root that is ready for runs.
struct PreparedRoot {
  FileDescriptor mounts;   // its mount namespace
  FileDescriptor devices;  // its /dev, for Landlock
  bool own_proc = false;   // has a /proc for process 1 to mount
};

// Builds it, from `host`, the mount namespace that holds the host's tree. Leaves the calling
// process (of one thread) inside the new one.
Result<PreparedRoot> make_root(Root kind, const RootPlan& plan, const FileDescriptor& host);

}  // namespace proctor::sandbox
