// The last steps before untrusted code runs: they make a process of ours into the box's program.
//
// Taken by a child of process 1, already inside the box's namespaces and root. No memory is
// allocated and no lock taken, so the child may share its parent's memory (vfork).
#pragma once

#include "sandbox/launch.h"
#include "sandbox/steps.h"

namespace proctor::sandbox {

// Puts every fence around the calling process: afterwards it has descriptors 0, 1, 2 and perhaps
// kReportDescriptor, no rights, and may run anything. `launch.status` then tells when it started.
StepFailure raise_fences(const Launch& launch);

// raise_fences() and then exec. Returns only if a step failed.
StepFailure become_program(const Launch& launch);

}  // namespace proctor::sandbox
