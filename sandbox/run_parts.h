// What every run needs before it starts and when it has ended, cold or warm.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/box.h"
#include "sandbox/run.h"

namespace proctor::sandbox {

enum class Start { cold, warm };

// What is made for one box and goes with it.
struct Preparation {
  RunDisk disk;
  FileDescriptor landlock;
  std::vector<ResourceLimit> resource_limits;
  std::vector<char*> arguments;  // into the job's; empty for a rehearsal
};

// The disk with the job's files, whose contents `files` holds, and the fences that are made of it.
Result<Preparation> prepare(const SandboxPlan& plan, const Box& box, const Job& job,
                            const FileDescriptor& files, Start start);

// Without standard streams. It points into all of these.
Launch launch_of(const SandboxPlan& plan, const Box& box, const Job& job,
                 const Preparation& prepared);

// Adds up what the box's status, its cgroup and we ourselves have seen. `born_ns` is for a program
// that was gone before its clock started.
Result<RunFacts> facts_of(const Box& box, Killed killed, std::int64_t born_ns);

// Opens the files that the job asks for, and fills in which were found.
std::vector<FileDescriptor> take_outputs(const RunDisk& disk, const Job& job, Outcome& outcome);

RunResult failed(const Job& job, std::string why);

}  // namespace proctor::sandbox
