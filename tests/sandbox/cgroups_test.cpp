#include "sandbox/cgroups.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "sandbox/cgroup_files.h"
#include "sandbox/clocks.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::sandbox::test {

namespace {

FileDescriptor opened(const std::filesystem::path& path) {
  return FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

constexpr Bytes kMegabyte = 1U << 20;

// A file on the disk, whose pages are not in memory.
std::filesystem::path cold_file(const support::TempDir& folder, Bytes size) {
  const std::filesystem::path path = folder.write("cold", std::string(size, 'x'));
  const FileDescriptor file = opened(path);
  REQUIRE(fsync(file.get()) == 0);
  REQUIRE(posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
  return path;
}

void read_whole(const std::filesystem::path& path) {
  const FileDescriptor file = opened(path);
  static char buffer[1U << 16];
  while (read(file.get(), buffer, sizeof buffer) > 0) {
  }
}

// What a child's use of so much memory comes to, as the group says.
Result<CgroupUse> use_of_child(BoxCgroup& group, Bytes memory) {
  Limits limits;
  limits.memory = 64 * kMegabyte;
  if (Result<void> begun = group.begin(limits); !begun) return begun.error();
  const pid_t child = fork();
  if (child == 0) {
    auto* bytes = static_cast<volatile char*>(
        mmap(nullptr, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (Bytes at = 0; at < memory; at += 4096) bytes[at] = 1;
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  return group.use();
}

}  // namespace

TEST_CASE("files that were read before are neither room nor use of the next program") {
  const CgroupPlan plan = plan_cgroups();
  if (plan.kind != CgroupKind::v1) SKIP("needs version 1 of control groups");
  const support::TempDir folder;
  const std::filesystem::path file = cold_file(folder, 96 * kMegabyte);
  const std::string prefix = cgroup_prefix(getpid());
  struct Seen {
    CgroupUse little, much;
  };
  void* shared =
      mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  const pid_t supervisor = fork();
  if (supervisor == 0) {
    Result<std::unique_ptr<BoxCgroup>> group = make_box_cgroup(plan, prefix + "reader");
    if (!group) _exit(1);
    read_whole(file);
    const Result<CgroupUse> little = use_of_child(**group, 24 * kMegabyte);
    read_whole(file);
    // More than the limit, and less than the limit and the file together.
    const Result<CgroupUse> much = use_of_child(**group, 96 * kMegabyte);
    if (!little || !much) _exit(2);
    *static_cast<Seen*>(shared) = {*little, *much};
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(supervisor, &status, 0) == supervisor);
  const Seen seen = *static_cast<Seen*>(shared);
  munmap(shared, sizeof(Seen));
  remove_cgroups(plan, prefix);
  REQUIRE(status == 0);
  CHECK(!seen.little.out_of_memory);
  CHECK(seen.little.peak > 23 * kMegabyte);  // the kernel counts in batches of pages
  CHECK(seen.little.peak < 40 * kMegabyte);
  CHECK(seen.much.out_of_memory);
}

TEST_CASE("numbers are found by their key and not by a longer or shorter one") {
  const support::TempDir folder;
  const FileDescriptor file = opened(folder.write(
      "memory.events", "low 0\noom 3\noom_kill 5\noom_group_kill 7\nsock_throttled 9\n"));
  struct Row {
    const char* key;
    std::uint64_t number;
  };
  constexpr Row kRows[] = {{"oom", 3}, {"oom_kill", 5}, {"oom_group_kill", 7}, {"low", 0}};
  for (const Row& row : kRows) {
    CAPTURE(row.key);
    const Result<std::uint64_t> number = read_cgroup_number(file, "memory.events", row.key);
    REQUIRE(number);
    CHECK(*number == row.number);
  }
  for (const char* absent : {"kill", "oom_", "high"}) {
    CAPTURE(absent);
    CHECK(!read_cgroup_number(file, "memory.events", absent));
  }
  const Result<std::uint64_t> alone =
      read_cgroup_number(opened(folder.write("peak", "4096\n")), "peak");
  REQUIRE(alone);
  CHECK(*alone == 4096);
  CHECK(!read_cgroup_number(opened(folder.write("max", "max\n")), "max"));
}

TEST_CASE("the clocks of both versions count in nanoseconds") {
  const support::TempDir folder;
  CHECK(read_cpu_clock(opened(folder.write("cpuacct.usage", "123456789\n")).get(), false) ==
        123'456'789);
  CHECK(read_cpu_clock(opened(folder.write("cpu.stat", "usage_usec 1234\nuser_usec 1000\n")).get(),
                       true) == 1'234'000);
  CHECK(read_cpu_clock(opened(folder.write("empty", "")).get(), false) < 0);
  CHECK(read_cpu_clock(opened(folder.write("other", "user_usec 1000\n")).get(), true) < 0);
}

TEST_CASE("what a dead helper left is swept and what lives stays") {
  const CgroupPlan plan = plan_cgroups();
  if (plan.kind == CgroupKind::none) SKIP(("needs a cgroup: " + plan.why).c_str());
  const std::string parent = plan.kind == CgroupKind::v1 ? plan.memory : plan.unified;
  const std::string ours = parent + "/" + cgroup_prefix(getpid()) + "0";
  // A number that no process has, as one that is dead by now.
  const std::string left = parent + "/proctor-4194304-1-0";
  REQUIRE(std::filesystem::create_directory(ours));
  REQUIRE(std::filesystem::create_directory(left));
  // A process that was left behind in it.
  const pid_t orphan = fork();
  if (orphan == 0) {
    pause();
    _exit(0);
  }
  REQUIRE(write_cgroup_file(left + "/cgroup.procs", std::to_string(orphan)));
  // A group stays busy until the dead are reaped, which is for their parent to do.
  const pid_t sweeper = fork();
  if (sweeper == 0) {
    sweep_cgroups(plan);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(orphan, &status, 0) == orphan);
  CHECK(WIFSIGNALED(status));
  CHECK(waitpid(sweeper, nullptr, 0) == sweeper);
  CHECK(!std::filesystem::exists(left));
  CHECK(std::filesystem::exists(ours));
  remove_cgroups(plan, cgroup_prefix(getpid()));
  CHECK(!std::filesystem::exists(ours));
}

}  // namespace proctor::sandbox::test
