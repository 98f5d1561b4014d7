// Root's power in pieces (capabilities(7)): none of it is left to a program, nor can come back.
#pragma once

namespace proctor::sandbox {

// Empties the bounding set and locks the secure bits, so that neither exec nor a change of user
// ever adds a capability. Needs CAP_SETPCAP; 0 or errno. After fork: allocates nothing.
int forbid_regaining_capabilities();

// Gives up all that the calling thread has: permitted, effective, inheritable and ambient. 0 or
// errno.
int drop_all_capabilities();

// The same, but for one (CAP_...) if the thread has it.
int drop_capabilities_but(int kept);

}  // namespace proctor::sandbox
