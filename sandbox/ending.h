// What a run's facts mean: which limit ended it, if one did.
#pragma once

#include "sandbox/protocol.h"

namespace proctor::sandbox {

// Fills ending, exit code, signal, times and memory. `limits` has its defaults.
ProgramRun run_from(const RunFacts& facts, const Limits& limits, bool too_much_output);

}  // namespace proctor::sandbox
