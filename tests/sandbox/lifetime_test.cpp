// What is left behind: by five hundred runs, by a sandbox that is gone, by a judge that was killed.
#include <dirent.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/sandbox/fixture.h"
#include "tests/support/skip.h"

namespace proctor::sandbox::test {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// A process's parent, from /proc/PID/stat: the second field behind the name in parentheses.
pid_t parent_of(pid_t pid) {
  const std::string stat = first_line("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos ? -1 : std::stoi(stat.substr(name_end + 4));
}

// All processes below `root`, nearest first.
std::vector<pid_t> descendants_of(pid_t root) {
  std::vector<pid_t> found = {root};
  for (std::size_t next = 0; next < found.size(); ++next) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const pid_t pid = std::stoi(name);
      if (parent_of(pid) == found[next]) found.push_back(pid);
    }
  }
  found.erase(found.begin());
  return found;
}

std::size_t open_descriptors(pid_t pid) {
  std::size_t count = 0;
  std::error_code error;
  for ([[maybe_unused]] const auto& entry :
       fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    ++count;
  }
  return count;
}

std::size_t resident_pages(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident;
}

std::size_t mounts_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/mountinfo");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}

// Control groups that were made by any of these processes, wherever cgroups are mounted.
std::set<std::string> cgroups_of(const std::vector<pid_t>& pids) {
  std::set<std::string> found;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator("/sys/fs/cgroup", error);
       entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    for (const pid_t pid : pids) {
      if (name.starts_with("proctor-" + std::to_string(pid) + "-")) found.insert(entry->path());
    }
  }
  return found;
}

// Whether it has ended; what is left until its parent looks does not count.
bool has_ended(pid_t pid) {
  const std::string stat = first_line("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.substr(name_end + 2, 1) == "Z";
}

struct Footprint {
  std::vector<std::size_t> descriptors, pages;
  std::size_t processes = 0, mounts = 0;
  std::set<std::string> groups;
};

// Of this process, the helper and the supervisors.
Footprint footprint() {
  Footprint all;
  std::vector<pid_t> pids = descendants_of(getpid());
  all.processes = pids.size();
  pids.push_back(getpid());
  for (const pid_t pid : pids) {
    all.descriptors.push_back(open_descriptors(pid));
    all.pages.push_back(resident_pages(pid));
  }
  all.mounts = mounts_of("self");
  all.groups = cgroups_of(pids);
  return all;
}

// Whether it comes true within a second, which is what is promised.
template <class Condition>
bool soon(const Condition& condition) {
  for (int tenth_ms = 0; tenth_ms < 100; ++tenth_ms) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return condition();
}

SandboxOptions cold() {
  SandboxOptions options;
  options.warm_python = false;
  return options;
}

// A supervisor answers before it has closed what belonged to the run.
Footprint settled_footprint() {
  Footprint now = footprint();
  for (int tries = 0; tries < 100; ++tries) {
    std::this_thread::sleep_for(milliseconds(20));
    Footprint later = footprint();
    if (later.descriptors == now.descriptors && later.processes == now.processes) return later;
    now = std::move(later);
  }
  return now;
}

// A process that judges until it is killed: it starts a program that never ends.
pid_t start_judge() {
  const Program program = attacker("run_for_ever");
  const pid_t pid = fork();
  if (pid != 0) return pid;
  Limits limits = small_limits();
  limits.wall = std::chrono::minutes(5);
  auto sandbox = make_sandbox(cold());
  if (sandbox) (void)(*sandbox)->run(program, limits);
  _exit(0);
}

}  // namespace

TEST_CASE("five hundred boxes leak nothing") {
  REQUIRE_SANDBOX();
  Sandbox& sandbox = *shared_sandbox();
  const Program program = attacker("use_threads");
  const auto run_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const Result<ProgramRun> run = sandbox.run(program, small_limits());
      REQUIRE(run);
      REQUIRE(run->output == "42\n");
    }
  };
  run_some(20);
  const Footprint before = settled_footprint();
  run_some(500);
  const Footprint after = settled_footprint();
  CHECK(after.processes == before.processes);
  CHECK(after.descriptors == before.descriptors);
  CHECK(after.mounts == before.mounts);
  CHECK(after.groups == before.groups);
  REQUIRE(after.pages.size() == before.pages.size());
  for (std::size_t i = 0; i < after.pages.size(); ++i) {
    CHECK(after.pages[i] <= before.pages[i] + 256);  // 1 MiB
  }
}

TEST_CASE("a sandbox that is gone leaves no process and no group") {
  const std::vector<pid_t> before = descendants_of(getpid());
  const std::size_t descriptors = open_descriptors(getpid());
  std::vector<pid_t> made;
  {
    const auto sandbox = make_sandbox(cold());
    if (!sandbox) SKIP(("needs a sandbox: " + sandbox.error().message()).c_str());
    CHECK((*sandbox)->run(attacker("daemons"), small_limits()));
    made = descendants_of(getpid());
    std::erase_if(made, [&](pid_t pid) {
      return std::find(before.begin(), before.end(), pid) != before.end();
    });
    CHECK(made.size() >= 3);  // a helper and two supervisors
    CHECK(cgroups_of(made).empty() != has_layer(**sandbox, "cgroup"));
  }
  CHECK(descendants_of(getpid()) == before);
  CHECK(open_descriptors(getpid()) == descriptors);
  CHECK(cgroups_of(made).empty());
}

TEST_CASE("a judge that is killed takes everything with it") {
  REQUIRE_SANDBOX();
  const pid_t judge = start_judge();
  REQUIRE(judge > 0);
  for (int i = 0; i < 500 && attackers().empty(); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  CHECK(attackers().size() == 1);
  const std::vector<pid_t> processes = descendants_of(judge);
  CHECK(processes.size() >= 4);  // helper, supervisors, process 1, the program
  kill(judge, SIGKILL);
  waitpid(judge, nullptr, 0);
  CHECK(soon([] { return attackers().empty(); }));
  for (const pid_t pid : processes) CHECK(soon([&] { return has_ended(pid); }));
  CHECK(soon([&] { return cgroups_of(processes).empty(); }));
}

TEST_CASE("a supervisor that is killed is an error and is replaced") {
  const auto sandbox = make_sandbox(cold());
  if (!sandbox) SKIP(("needs a sandbox: " + sandbox.error().message()).c_str());
  std::jthread killer([] {
    for (int i = 0; i < 500 && attackers().empty(); ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    // The program's parent is process 1, whose parent is the supervisor.
    for (const pid_t pid : attackers()) kill(parent_of(parent_of(pid)), SIGKILL);
  });
  Limits limits = small_limits();
  limits.wall = std::chrono::seconds(30);
  const Result<ProgramRun> run = (*sandbox)->run(attacker("run_for_ever"), limits);
  killer.join();
  REQUIRE(!run);
  CHECK(run.error().code() == ErrorCode::unavailable);
  CHECK(soon([] { return attackers().empty(); }));
  for (int i = 0; i < 4; ++i) {
    CHECK(run_then_normal(**sandbox, attacker("ignore_input")).exit_code == 0);
  }
}

}  // namespace proctor::sandbox::test
