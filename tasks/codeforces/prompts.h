// How problems of contests are put to a model, and in which language it is to answer.
#pragma once

#include <span>

#include "tasks/task.h"

namespace proctor::tasks::codeforces {

// The first is the default.
std::span<const PromptStyle> prompts();

}  // namespace proctor::tasks::codeforces
