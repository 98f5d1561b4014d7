#include "sandbox/identity.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "harness/core/check.h"
#include "harness/core/file_descriptor.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// Above everything that systemd hands out to containers and services (uids-gids in its
// documentation), and below 2^31, where some programs read a negative number.
constexpr uid_t kPrivateIds = 0x70000000;
constexpr uid_t kBoxes = 256;
constexpr uid_t kSandboxes = 1U << 20;

constexpr uid_t kIdInNamespace = 1000;  // anything but 0, which programs take for power

bool has_capabilities_of_root() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  constexpr std::uint32_t kWanted =
      1U << CAP_SYS_ADMIN | 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_SETPCAP;
  return (data[0].effective & kWanted) == kWanted;
}

// Whether this user namespace knows all ids from `first` on (inside a container it may not).
bool ids_are_mapped(uid_t first, uid_t count) {
  for (const char* path : {"/proc/self/uid_map", "/proc/self/gid_map"}) {
    std::ifstream map(path);
    std::uint64_t inside = 0, outside = 0, length = 0;
    bool found = false;
    while (map >> inside >> outside >> length) {
      found = found || (inside <= first && std::uint64_t{first} + count <= inside + length);
    }
    if (!found) return false;
  }
  return true;
}

Result<void> write_map(const char* path, const std::string& text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  if (!file.is_open() || write(file.get(), text.data(), text.size()) < 0) return os_error(path);
  return {};
}

}  // namespace

Identity IdentityPlan::of_box(int box) const {
  check(box >= 0);
  if (user_namespace) return {.user_namespace = true, .id = first};
  return {.user_namespace = false, .id = first + static_cast<uid_t>(box) % count};
}

IdentityPlan plan_identities(pid_t pid) {
  if (geteuid() == 0 && has_capabilities_of_root()) {
    const uid_t own = kPrivateIds + static_cast<uid_t>(pid) % kSandboxes * kBoxes;
    if (ids_are_mapped(own, kBoxes)) return {.first = own, .count = kBoxes};
    // A container that maps the usual 65,536 ids: those below nobody's, far above any real user's.
    constexpr uid_t kLow = 64'000;
    if (ids_are_mapped(kLow, kBoxes)) return {.first = kLow, .count = kBoxes};
  }
  return {.user_namespace = true, .first = kIdInNamespace, .count = 1};
}

Result<void> enter_user_namespace(const Identity& identity) {
  if (!identity.user_namespace) return {};
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return os_error("user namespace");
  // user_namespaces(7): a group map may be written without rights only once setgroups is denied.
  const std::string inside = std::to_string(identity.id) + " ";
  for (const auto& [path, text] :
       {std::pair{"/proc/self/setgroups", std::string("deny")},
        std::pair{"/proc/self/uid_map", inside + std::to_string(user) + " 1"},
        std::pair{"/proc/self/gid_map", inside + std::to_string(group) + " 1"}}) {
    if (Result<void> written = write_map(path, text); !written) return written;
  }
  return {};
}

}  // namespace proctor::sandbox
