// Against memory, and what is memory by another name: stacks, tmpfs, pipes full of output.
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "tests/sandbox/attacker/attacks.h"

namespace attacker {

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// 512 MiB, page by page.
int touch_memory() {
  constexpr std::size_t kSize = 512 * kMiB;
  void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::printf("refused\n");
    return 1;
  }
  auto* bytes = static_cast<volatile char*>(memory);
  for (std::size_t at = 0; at < kSize; at += 4096) bytes[at] = 1;
  std::printf("touched it all\n");
  return 0;
}

int touch_memory_in_children() {
  for (int i = 0; i < 8; ++i) {
    if (fork() != 0) continue;
    auto* bytes = new volatile char[64 * kMiB];
    for (std::size_t at = 0; at < 64 * kMiB; at += 4096) bytes[at] = 1;
    pause();
  }
  sleep(60);
  return 0;
}

// 64 GiB of addresses, of which none is used.
int reserve_addresses() {
  void* memory = mmap(nullptr, std::size_t{64} << 30, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  std::printf(memory == MAP_FAILED ? "refused\n" : "reserved\n");
  return memory == MAP_FAILED ? 1 : 0;
}

// Writes up to 512 MiB, and says how many MiB it took.
int fill(int file, const char* what) {
  const std::vector<char> block(kMiB, 'x');
  std::size_t written = 0;
  while (written < 512 * kMiB) {
    const ssize_t size = write(file, block.data(), block.size());
    if (size < 0) break;
    written += static_cast<std::size_t>(size);
  }
  std::printf("%s %zu MiB: %s\n", what, written / kMiB, std::strerror(errno));
  return written < 512 * kMiB ? 1 : 0;
}

int fill_shared_memory() {
  return fill(open("/dev/shm/fill", O_WRONLY | O_CREAT, 0600), "/dev/shm");
}

int fill_disk() { return fill(open("/box/fill", O_WRONLY | O_CREAT, 0600), "/box"); }

int fill_memfds() {
  int status = 0;
  for (int i = 0; i < 8 && status == 0; ++i) {
    const int file = memfd_create("fill", 0);
    if (file < 0) {
      std::printf("refused\n");
      return 1;
    }
    status = fill(file, "memfd");
  }
  return status;
}

int fill_segments() {
  for (int i = 0; i < 16; ++i) {
    const int id = shmget(IPC_PRIVATE, 64 * kMiB, IPC_CREAT | 0600);
    void* memory = id < 0 ? reinterpret_cast<void*>(-1) : shmat(id, nullptr, 0);
    if (memory == reinterpret_cast<void*>(-1)) {
      std::printf("refused\n");
      return 1;
    }
    std::memset(memory, 1, 64 * kMiB);
    shmdt(memory);
  }
  std::printf("1 GiB\n");
  return 0;
}

int make_many_files() {
  int made = 0;
  for (char name[64]; made < 1'000'000; ++made) {
    std::snprintf(name, sizeof name, "/box/file%d", made);
    const int file = open(name, O_WRONLY | O_CREAT, 0600);
    if (file < 0) break;
    close(file);
  }
  std::printf("%d files: %s\n", made, std::strerror(errno));
  return 0;
}

// A frame holds some 64 bytes that cannot be optimised away.
[[gnu::noinline]] long descend(long depth) {
  volatile char local[32];
  local[0] = static_cast<char>(depth);
  return depth == 0 ? local[0] : descend(depth - 1) + (local[0] != 0 ? 1 : 1);
}

int recurse_deeply() {
  std::printf("%ld\n", descend(1'000'000));
  return 0;
}

int recurse_for_ever() {
  std::printf("%ld\n", descend(-1));
  return 0;
}

int flood(int file) {
  const std::vector<char> block(kMiB, 'y');
  for (;;) {
    if (write(file, block.data(), block.size()) < 0) return 1;
  }
}

int flood_output() { return flood(1); }

int flood_error_output() { return flood(2); }

int flood_after_answer() {
  std::printf("42\n");
  return flood(1);
}

int flood_report() { return flood(3); }

// Nothing but an exit: input and output are left as they are.
int ignore_input() { return 0; }

}  // namespace

std::span<const Attack> memory_attacks() {
  static constexpr Attack kAttacks[] = {
      {"touch_memory", touch_memory},
      {"touch_memory_in_children", touch_memory_in_children},
      {"reserve_addresses", reserve_addresses},
      {"fill_shared_memory", fill_shared_memory},
      {"fill_disk", fill_disk},
      {"fill_memfds", fill_memfds},
      {"fill_segments", fill_segments},
      {"make_many_files", make_many_files},
      {"recurse_deeply", recurse_deeply},
      {"recurse_for_ever", recurse_for_ever},
      {"flood_output", flood_output},
      {"flood_error_output", flood_error_output},
      {"flood_after_answer", flood_after_answer},
      {"flood_report", flood_report},
      {"ignore_input", ignore_input},
  };
  return kAttacks;
}

}  // namespace attacker
