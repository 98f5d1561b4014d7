// `proctor run --dry-run`: what a run would take, with nothing asked.
#pragma once

#include <optional>

#include "harness/canary_run.h"
#include "harness/core/result.h"
#include "harness/exit_code.h"
#include "harness/prices.h"
#include "harness/run_flags.h"
#include "harness/run_plan.h"
#include "harness/verbs.h"

namespace proctor::harness {

// Prints the forecast of what is left of the plan, by the store if there is one, with the canary's
// part of it. Errors: the store's; those of make_backend().
Result<ExitCode> print_forecast(const Globals& globals, const RunFlags& flags,
                                const Endpoint& endpoint, const PlannedRun& planned,
                                const Prices& prices);

}  // namespace proctor::harness
