// One run in a box, from the job to how it ended.
#pragma once

#include <span>

#include "sandbox/box.h"
#include "sandbox/protocol.h"

namespace proctor::sandbox {

struct RunResult {
  Outcome outcome;
  std::vector<FileDescriptor> files;  // one for each true in Outcome::found
};

// Descriptors that a job came with, in this order.
struct JobDescriptors {
  FileDescriptor files, input, output, error_output, report;
};

// All that a program finds in its environment, as for execve.
char* const* box_environment();

// Runs the job's program to its end; without arguments, up to where it would start. Meanwhile a
// Stop for it is taken from `judge`. What cannot be done is Outcome::failure. A warm box that the
// next run of the series may use stays.
RunResult run_job(const SandboxPlan& plan, Box& box, const Job& job,
                  const JobDescriptors& descriptors, const FileDescriptor& judge);

}  // namespace proctor::sandbox
