// The fences by name, as `proctor doctor` prints them and runs store them.
#pragma once

#include <vector>

#include "sandbox/protocol.h"
#include "sandbox/sandbox.h"
#include "sandbox/supervisor.h"

namespace proctor::sandbox {

// Of a sandbox whose first supervisor is ready, and so has taken every step that is needed.
std::vector<Layer> layers_of(const SandboxPlan& plan, const Ready& ready);

}  // namespace proctor::sandbox
