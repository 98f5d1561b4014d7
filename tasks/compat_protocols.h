// The recipes of other harnesses, for comparing with the numbers they published; tasks/README.md
// says what they take over and where they differ.
#pragma once

#include <vector>

#include "tasks/task.h"

namespace proctor::tasks {

// The question of a multiple choice as openai/simple-evals, lighteval and open-r1 put it.
extern const char* const kMultipleChoicePrompt;

// "r1-openr1": open-r1's replication of the R1 table (1416fa0), which runs lighteval d3da6b9b.
std::vector<Protocol> openr1_protocols();

// "simple-evals": openai/simple-evals (ee3b031) as its command line runs it.
std::vector<Protocol> simple_evals_protocols();

}  // namespace proctor::tasks
