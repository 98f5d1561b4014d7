// The ways in which LiveCodeBench's problems are put to models, byte for byte.
// tasks/livecodebench's README says where each comes from.
#pragma once

#include <span>

#include "tasks/task.h"

namespace proctor::tasks::livecodebench {

// The first is that of protocol r1.
std::span<const PromptStyle> prompts();

}  // namespace proctor::tasks::livecodebench
