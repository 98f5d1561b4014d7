#include "sandbox/run_disk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

// An inode costs the kernel a kilobyte or so that `size` does not count.
constexpr const char* kInodes = "16384";

Result<FileDescriptor> directory_in(int mount, const char* name, mode_t mode) {
  if (mkdirat(mount, name, mode) != 0) return os_error(std::string("run disk: ") + name);
  FileDescriptor directory(openat(mount, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return os_error(std::string("run disk: ") + name);
  return directory;
}

Result<void> write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0) return os_error("write");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<RunDisk> RunDisk::make(Bytes size) {
  const FileDescriptor tmpfs(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!tmpfs.is_open()) return os_error("run disk: fsopen");
  const std::string size_text = std::to_string(size);
  for (const auto& [key, value] :
       {std::pair{"size", size_text.c_str()}, std::pair{"nr_inodes", kInodes}}) {
    if (fsconfig(tmpfs.get(), FSCONFIG_SET_STRING, key, value, 0) != 0) {
      return os_error(std::string("run disk: ") + key);
    }
  }
  if (fsconfig(tmpfs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return os_error("run disk: create");
  }
  RunDisk disk;
  disk.mount_ =
      FileDescriptor(fsmount(tmpfs.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  if (!disk.mount_.is_open()) return os_error("run disk: fsmount");
  // Open to all: whoever is in the box is the program.
  Result<FileDescriptor> box = directory_in(disk.mount(), "box", 0777);
  if (!box) return box.error();
  Result<FileDescriptor> tmp = directory_in(disk.mount(), "tmp", 01777);
  if (!tmp) return tmp.error();
  disk.box_ = std::move(*box);
  disk.tmp_ = std::move(*tmp);
  return disk;
}

Result<void> RunDisk::put(const std::string& name, std::string_view content,
                          bool executable) const {
  const FileDescriptor file(openat(box(), name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                   executable ? 0755 : 0644));
  if (!file.is_open()) return os_error("/box/" + name);
  if (Result<void> written = write_all(file.get(), content); !written) {
    return written.error().within("/box/" + name);
  }
  return {};
}

FileDescriptor RunDisk::take(const std::string& name) const {
  open_how how{};
  how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  FileDescriptor file(
      static_cast<int>(syscall(SYS_openat2, box(), name.c_str(), &how, sizeof how)));
  struct stat status {};
  if (!file.is_open() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

}  // namespace proctor::sandbox
