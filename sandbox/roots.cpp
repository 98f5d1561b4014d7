#include "sandbox/roots.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

namespace fs = std::filesystem;

// While a root is built the host's tree is at kHost, and the root itself at kNew.
constexpr const char* kHost = "/host";
constexpr const char* kNew = "/new";

std::string host_path(const std::string& path) { return kHost + path; }
std::string new_path(const std::string& path) { return kNew + path; }

constexpr unsigned kLocked = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;

Result<void> make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return os_error("root: " + path);
  return {};
}

// The host's `path` at the same place in the root, read-only with all that is mounted below it.
Result<void> bind_read_only(const std::string& from, const std::string& to, std::uint64_t forbid) {
  const std::string source = host_path(from);
  const std::string target = new_path(to);
  if (mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    return os_error("root: " + from);
  }
  mount_attr attributes{};
  attributes.attr_set = kLocked | forbid;
  if (mount_setattr(AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes, sizeof attributes) != 0) {
    return os_error("root: " + from + " read-only");
  }
  return {};
}

Result<void> bind_directory(const std::string& path, const std::string& to) {
  if (Result<void> made = make_directory(new_path(to)); !made) return made;
  return bind_read_only(path, to, MOUNT_ATTR_NODEV);
}

Result<void> bind_file(const std::string& path, std::uint64_t forbid) {
  const FileDescriptor point(open(new_path(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!point.is_open()) return os_error("root: " + path);
  return bind_read_only(path, path, forbid);
}

Result<void> add_tmpfs(const char* target, const char* options) {
  if (mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) {
    return os_error(std::string("root: tmpfs at ") + target);
  }
  return {};
}

// The process stands in a tmpfs with the host's tree at kHost and an empty one at kNew.
Result<void> stand_between() {
  if (Result<void> added = add_tmpfs("/tmp", "size=64k,nr_inodes=16,mode=0755"); !added)
    return added;
  if (chdir("/tmp") != 0) return os_error("root: /tmp");
  for (const char* point : {"host", "new"}) {
    if (Result<void> made = make_directory(point); !made) return made;
  }
  if (syscall(SYS_pivot_root, ".", "host") != 0) return os_error("root: pivot_root");
  if (chdir("/") != 0) return os_error("root: /");
  return add_tmpfs(kNew, "size=256k,nr_inodes=128,mode=0755");
}

Result<void> add_devices(Root kind) {
  std::vector<const char*> devices = {"/dev/null"};
  // g++ would read them for ever: `#include "/dev/zero"`.
  if (kind != Root::compiler) {
    devices.insert(devices.end(), {"/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"});
  }
  for (const char* device : devices) {
    if (Result<void> bound = bind_file(device, MOUNT_ATTR_NOEXEC); !bound) return bound;
  }
  if (kind == Root::compiler) return {};
  constexpr std::pair<const char*, const char*> kLinks[] = {{"/dev/shm", "/tmp"},
                                                            {"/dev/fd", "/proc/self/fd"},
                                                            {"/dev/stdin", "/proc/self/fd/0"},
                                                            {"/dev/stdout", "/proc/self/fd/1"},
                                                            {"/dev/stderr", "/proc/self/fd/2"}};
  for (const auto& [name, target] : kLinks) {
    if (symlink(target, new_path(name).c_str()) != 0) return os_error(std::string("root: ") + name);
  }
  return {};
}

// /bin, /lib and so on: links into /usr on a merged system, directories on another.
Result<void> add_top_directories() {
  std::error_code error;
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    const fs::path source = host_path(name);
    if (fs::is_symlink(source, error)) {
      const fs::path target = fs::read_symlink(source, error);
      if (symlink(target.c_str(), new_path(name).c_str()) != 0) {
        return os_error(std::string("root: ") + name);
      }
    } else if (fs::is_directory(source, error)) {
      if (Result<void> bound = bind_directory(name, name); !bound) return bound;
    }
  }
  return {};
}

// What lies in /usr/local is nobody's system: it stays out, unless the interpreter itself is there.
Result<void> hide_local_programs() {
  std::error_code error;
  if (!fs::is_directory(host_path("/usr/local"), error)) return {};
  if (!fs::exists(fs::symlink_status(host_path("/usr/bin/python3"), error))) return {};
  const std::string local = new_path("/usr/local");
  if (mount("tmpfs", local.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
            "size=4k,nr_inodes=2,mode=0755") != 0) {
    return os_error("root: " + local);
  }
  return {};
}

// The system's programs and libraries. Debian finds NumPy's BLAS through /etc/alternatives.
Result<void> add_system() {
  if (Result<void> bound = bind_directory("/usr", "/usr"); !bound) return bound;
  if (Result<void> hidden = hide_local_programs(); !hidden) return hidden;
  if (Result<void> added = add_top_directories(); !added) return added;
  if (Result<void> made = make_directory(new_path("/etc")); !made) return made;
  std::error_code error;
  if (fs::is_directory(host_path("/etc/alternatives"), error)) {
    if (Result<void> bound = bind_directory("/etc/alternatives", "/etc/alternatives"); !bound) {
      return bound;
    }
  }
  if (fs::is_regular_file(host_path("/etc/ld.so.cache"), error)) {
    return bind_file("/etc/ld.so.cache", MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  }
  return {};
}

Result<void> add_proc_point(Proc proc) {
  if (proc == Proc::none) return {};
  if (Result<void> made = make_directory(new_path("/proc")); !made) return made;
  if (proc == Proc::own) return {};
  if (mount(host_path("/proc").c_str(), new_path("/proc").c_str(), nullptr, MS_BIND | MS_REC,
            nullptr) != 0) {
    return os_error("root: the host's /proc");
  }
  return {};
}

Result<void> fill(Root kind, const RootPlan& plan) {
  for (const char* name : {"/box", "/tmp", "/dev"}) {
    if (Result<void> made = make_directory(new_path(name)); !made) return made;
  }
  if (Result<void> added = add_devices(kind); !added) return added;
  if (kind == Root::empty) return {};
  if (Result<void> added = add_system(); !added) return added;
  if (kind == Root::python) return add_proc_point(plan.proc);
  if (plan.shared_folder.empty()) return {};
  return bind_directory(plan.shared_folder, "/shared");
}

// Makes kNew the root, lets the host go, and closes the root against changes.
Result<void> move_in() {
  if (chdir(kNew) != 0) return os_error("root: enter");
  // With both names the same the old root lies on top of the new one (pivot_root(2), NOTES).
  if (syscall(SYS_pivot_root, ".", ".") != 0) return os_error("root: pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return os_error("root: detach the host");
  if (chdir("/") != 0) return os_error("root: /");
  mount_attr attributes{};
  attributes.attr_set = kLocked | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  if (mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof attributes) != 0) {
    return os_error("root: read-only");
  }
  return {};
}

}  // namespace

Result<PreparedRoot> make_root(Root kind, const RootPlan& plan, const FileDescriptor& host) {
  if (setns(host.get(), CLONE_NEWNS) != 0) return os_error("root: setns");
  if (unshare(CLONE_NEWNS) != 0) return os_error("mount namespace");
  PreparedRoot root;
  root.own_proc = kind == Root::python && plan.proc != Proc::none;
  root.mounts = FileDescriptor(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!root.mounts.is_open()) return os_error("/proc/self/ns/mnt");
  if (Result<void> ready = stand_between(); !ready) return ready.error();
  if (Result<void> filled = fill(kind, plan); !filled) return filled.error();
  if (Result<void> moved = move_in(); !moved) return moved.error();
  root.devices = FileDescriptor(open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.devices.is_open()) return os_error("root: /dev");
  return root;
}

}  // namespace proctor::sandbox
