#include "sandbox/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// include/uapi/linux/landlock.h of Linux 6.12; the header installed here may be older and know
// less.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;  // version 4
  std::uint64_t scoped;              // version 6
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent;
};

constexpr unsigned kCreateVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
constexpr int kRulePathBeneath = 1;     // LANDLOCK_RULE_PATH_BENEATH

// LANDLOCK_ACCESS_FS_...: all that changes something. Reading and executing is the mounts' affair.
constexpr std::uint64_t kWriteFile = 1 << 1;
constexpr std::uint64_t kRemoveDirectory = 1 << 4;
constexpr std::uint64_t kRemoveFile = 1 << 5;
constexpr std::uint64_t kMakeCharDevice = 1 << 6;
constexpr std::uint64_t kMakeDirectory = 1 << 7;
constexpr std::uint64_t kMakeRegular = 1 << 8;
constexpr std::uint64_t kMakeSocket = 1 << 9;
constexpr std::uint64_t kMakeFifo = 1 << 10;
constexpr std::uint64_t kMakeBlockDevice = 1 << 11;
constexpr std::uint64_t kMakeSymlink = 1 << 12;
constexpr std::uint64_t kRefer = 1 << 13;     // version 2: rename and link between directories
constexpr std::uint64_t kTruncate = 1 << 14;  // version 3

constexpr std::uint64_t kTcp = 1 << 0 | 1 << 1;     // LANDLOCK_ACCESS_NET_{BIND,CONNECT}_TCP
constexpr std::uint64_t kScopes = 1 << 0 | 1 << 1;  // LANDLOCK_SCOPE_{ABSTRACT_UNIX_SOCKET,SIGNAL}

constexpr std::uint64_t changes_known_to(int version) {
  std::uint64_t changes = kWriteFile | kRemoveDirectory | kRemoveFile | kMakeDirectory |
                          kMakeRegular | kMakeSocket | kMakeFifo | kMakeSymlink;
  if (version >= 2) changes |= kRefer;
  if (version >= 3) changes |= kTruncate;
  return changes;
}

long add_rule(int rules, int directory, std::uint64_t allowed) {
  const PathBeneath rule{.allowed_access = allowed, .parent = directory};
  return syscall(SYS_landlock_add_rule, rules, kRulePathBeneath, &rule, 0);
}

}  // namespace

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateVersion);
  return static_cast<int>(std::max(version, 0L));
}

Result<FileDescriptor> make_landlock_rules(int version, const WritablePlaces& places) {
  const std::uint64_t changes = changes_known_to(version);
  // Devices are refused everywhere: no rule allows them.
  const RulesetAttributes attributes{
      .handled_access_fs = changes | kMakeCharDevice | kMakeBlockDevice,
      .handled_access_net = version >= 4 ? kTcp : 0,
      .scoped = version >= 6 ? kScopes : 0};
  // An older kernel takes the longer structure as long as what it does not know is zero.
  FileDescriptor rules(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!rules.is_open()) return os_error("landlock rules");
  if (add_rule(rules.get(), places.box, changes) != 0 ||
      add_rule(rules.get(), places.tmp, changes) != 0 ||
      add_rule(rules.get(), places.devices, kWriteFile) != 0) {
    return os_error("landlock rules");
  }
  return rules;
}

int apply_landlock(int rules) {
  return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
}

}  // namespace proctor::sandbox
