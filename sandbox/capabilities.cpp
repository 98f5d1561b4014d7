#include "sandbox/capabilities.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace proctor::sandbox {

int forbid_regaining_capabilities() {
  // Up to the first that this kernel does not know, which may be above CAP_LAST_CAP of our header.
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;
       ++capability) {
  }
  if (errno != EINVAL) return errno;
  constexpr unsigned long kBits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                  SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                  SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  return prctl(PR_SET_SECUREBITS, kBits, 0, 0, 0) == 0 ? 0 : errno;
}

namespace {

int set_capabilities(const __user_cap_data_struct (&data)[2]) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

}  // namespace

// An empty permitted set empties the ambient one with it.
int drop_all_capabilities() { return set_capabilities({}); }

int drop_capabilities_but(int kept) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct had[2]{};
  if (syscall(SYS_capget, &header, had) != 0) return errno;
  __user_cap_data_struct left[2]{};
  const auto half = static_cast<std::size_t>(kept / 32);
  left[half].permitted = had[half].permitted & 1U << kept % 32;
  left[half].effective = left[half].permitted;
  return set_capabilities(left);
}

}  // namespace proctor::sandbox
