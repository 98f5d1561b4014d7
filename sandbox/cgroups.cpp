#include "sandbox/cgroups.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "sandbox/cgroup_files.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "proctor-";

// Field 22 of /proc/PID/stat (proc(5)): with the number it names a process for good.
std::optional<std::string> start_time_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The second field is a name in parentheses that may hold anything.
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

// /proc/self/cgroup (cgroups(7)): "N:controllers:path", by controller; version 2 has none.
std::map<std::string, std::string> own_groups() {
  std::map<std::string, std::string> groups;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    const std::string path = line.substr(second + 1);
    if (second == first + 1) groups[""] = path;
    for (std::string name; std::getline(controllers, name, ',');) groups[name] = path;
  }
  return groups;
}

struct CgroupMount {
  std::string root;   // the group that the mount point shows
  std::string point;  // where
};

// /proc/self/mountinfo (proc(5)): fields 4 and 5, and behind " - " type, source and super options.
std::map<std::string, CgroupMount> cgroup_mounts() {
  std::map<std::string, CgroupMount> mounts;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream front(line), back(line.substr(dash + 3));
    std::string id, parent, device, type, source, options;
    CgroupMount mount;
    front >> id >> parent >> device >> mount.root >> mount.point;
    back >> type >> source >> options;
    if (type == "cgroup2") mounts.try_emplace("", mount);
    if (type != "cgroup") continue;
    std::istringstream names(options);
    for (std::string name; std::getline(names, name, ',');) mounts.try_emplace(name, mount);
  }
  return mounts;
}

// The directory of the calling process's group for a controller ("": version 2), or empty.
std::string own_directory(const std::string& controller) {
  static const auto groups = own_groups();
  static const auto mounts = cgroup_mounts();
  const auto group = groups.find(controller);
  const auto mount = mounts.find(controller);
  if (group == groups.end() || mount == mounts.end()) return {};
  std::string path = group->second;
  const std::string& root = mount->second.root;
  if (root != "/" && path.starts_with(root)) path = path.substr(root.size());
  if (path == "/") path.clear();
  const std::string directory = mount->second.point + path;
  std::error_code error;
  return fs::is_directory(directory, error) ? directory : std::string();
}

// Whether we may make groups there; says why not.
bool can_make_groups(const std::string& directory, std::string& why) {
  if (directory.empty()) {
    why = "not mounted";
    return false;
  }
  const std::string trial = directory + "/" + cgroup_prefix(getpid()) + "trial";
  if (mkdir(trial.c_str(), 0755) != 0) {
    why = directory + ": " + std::strerror(errno);
    return false;
  }
  rmdir(trial.c_str());
  return true;
}

bool lists_memory_and_pids(const std::string& file) {
  std::ifstream text(file);
  bool memory = false, pids = false;
  for (std::string name; text >> name;) {
    memory = memory || name == "memory";
    pids = pids || name == "pids";
  }
  return memory && pids;
}

bool can_use_v2(const std::string& own, std::string& why) {
  if (!can_make_groups(own, why)) return false;
  if (!lists_memory_and_pids(own + "/cgroup.controllers")) {
    why = "memory and pids are not delegated";
    return false;
  }
  const std::string control = own + "/cgroup.subtree_control";
  if (lists_memory_and_pids(control)) return true;
  if (write_cgroup_file(control, "+memory +pids")) return true;
  // We are in it ourselves: into a group below.
  const std::string ours = own + "/" + cgroup_prefix(getpid()) + "judge";
  mkdir(ours.c_str(), 0755);
  if (Result<void> moved = write_cgroup_file(ours + "/cgroup.procs", "0"); !moved) {
    why = moved.error().message();
    rmdir(ours.c_str());
    return false;
  }
  const Result<void> handed = write_cgroup_file(control, "+memory +pids");
  if (!handed) {
    why = handed.error().message();
    (void)write_cgroup_file(own + "/cgroup.procs", "0");
    rmdir(ours.c_str());
  }
  return static_cast<bool>(handed);
}

std::vector<std::string> directories_of(const CgroupPlan& plan) {
  std::vector<std::string> directories;
  for (const std::string& path : {plan.memory, plan.pids, plan.cpuacct, plan.unified}) {
    if (!path.empty()) directories.push_back(path);
  }
  return directories;
}

std::vector<std::string> groups_in(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    std::string name = entry.path().filename();
    if (name.starts_with(prefix) && entry.is_directory(error)) names.push_back(std::move(name));
  }
  return names;
}

// "proctor-PID-STARTED-...": whether that very process lives.
bool owner_lives(const std::string& name) {
  std::istringstream parts(name.substr(kPrefix.size()));
  std::string pid, started;
  std::getline(parts, pid, '-');
  std::getline(parts, started, '-');
  return start_time_of(pid) == started;
}

void kill_all_in(const std::string& group) {
  std::ifstream file(group + "/cgroup.procs");
  for (pid_t pid = 0; file >> pid;) {
    if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
  }
}

// With what lies below it: a version 2 box has one more level.
void remove_group(const std::string& group) {
  for (const std::string& inner : groups_in(group, "run-")) remove_group(group + "/" + inner);
  for (int attempt = 0; attempt < 200; ++attempt) {
    if (rmdir(group.c_str()) == 0 || errno != EBUSY) return;
    kill_all_in(group);
    usleep(1000);
  }
}

}  // namespace

std::string cgroup_prefix(pid_t helper) {
  const std::string pid = std::to_string(helper);
  return std::string(kPrefix) + pid + "-" + start_time_of(pid).value_or("0") + "-";
}

CgroupPlan plan_cgroups() {
  CgroupPlan plan;
  std::string why_v2;
  const std::string unified = own_directory("");
  if (can_use_v2(unified, why_v2)) {
    plan.kind = CgroupKind::v2;
    plan.unified = unified;
    return plan;
  }
  std::string why_v1;
  plan.memory = own_directory("memory");
  plan.pids = own_directory("pids");
  plan.cpuacct = own_directory("cpuacct");
  for (const std::string& directory : {plan.memory, plan.pids, plan.cpuacct}) {
    if (can_make_groups(directory, why_v1)) continue;
    return {.why = "v2: " + why_v2 + "; v1: " + why_v1};
  }
  plan.kind = CgroupKind::v1;
  if (std::string ignored; can_make_groups(unified, ignored)) plan.unified = unified;
  return plan;
}

void sweep_cgroups(const CgroupPlan& plan) {
  for (const std::string& directory : directories_of(plan)) {
    for (const std::string& name : groups_in(directory, kPrefix)) {
      if (!owner_lives(name)) remove_group(directory + "/" + name);
    }
  }
}

void remove_cgroups(const CgroupPlan& plan, const std::string& prefix) {
  for (const std::string& directory : directories_of(plan)) {
    for (const std::string& name : groups_in(directory, prefix)) {
      remove_group(directory + "/" + name);
    }
  }
}

Result<std::unique_ptr<BoxCgroup>> make_box_cgroup(const CgroupPlan& plan,
                                                   const std::string& name) {
  switch (plan.kind) {
    case CgroupKind::none:
      return std::unique_ptr<BoxCgroup>();
    case CgroupKind::v1:
      return make_box_cgroup_v1(plan, name);
    case CgroupKind::v2:
      return make_box_cgroup_v2(plan, name);
  }
  return std::unique_ptr<BoxCgroup>();
}

}  // namespace proctor::sandbox
