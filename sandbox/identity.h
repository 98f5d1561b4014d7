// Whose rights a program has: an id of its own when root makes the box, a user namespace otherwise.
//
// RLIMIT_NPROC counts per user, and processes of one user may signal and trace each other, so no
// two boxes share an id. Root takes ids that nobody has. Others have only their own: there a user
// namespace a box makes it a separate one for RLIMIT_NPROC (user_namespaces(7), Linux 5.14), and
// the pid namespace keeps the rest apart.
#pragma once

#include <sys/types.h>

#include <string>

#include "harness/core/result.h"

namespace proctor::sandbox {

struct Identity {
  bool user_namespace = false;  // entered by the supervisor, with `id` mapped to the caller
  uid_t id = 0;                 // of user and group, as the box sees it
};

// The ids of one sandbox's boxes.
struct IdentityPlan {
  bool user_namespace = false;
  uid_t first = 0;
  uid_t count = 0;  // how many boxes can have one of their own

  Identity of_box(int box) const;
};

// For the calling process, which is told apart from others of this machine by `pid`.
IdentityPlan plan_identities(pid_t pid);

// Enters a user namespace in which `identity.id` stands for the caller. Nothing to do for root.
// One thread only.
Result<void> enter_user_namespace(const Identity& identity);

}  // namespace proctor::sandbox
