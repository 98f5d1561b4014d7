// The first steps of a box's process 1, cold or warm: it makes itself mortal and the run's mounts.
//
// Taken in new pid and mount namespaces, with all rights in them. Nothing is allocated.
#pragma once

#include "sandbox/launch.h"
#include "sandbox/steps.h"

namespace proctor::sandbox {

// Afterwards the calling process dies with its supervisor, /box and /tmp are the run's disk, /proc
// is of the box's own processes where the root has one, and the working directory is /box.
StepFailure furnish_box(const Launch& launch);

}  // namespace proctor::sandbox
