// `proctor run --dry-run`: what a run would take, with nothing asked.
#pragma once

#include <optional>

#include "harness/canary/before_run.h"
#include "harness/core/result.h"
#include "harness/plan/run_plan.h"
#include "harness/process/exit_code.h"
#include "harness/process/globals.h"
#include "harness/run/flags.h"
#include "harness/spending/prices.h"

namespace proctor::harness::run {

// Prints the forecast of what is left of the plan, by the store if there is one, with the canary's
// part of it. Errors: the store's; those of make_backend().
Result<ExitCode> print_forecast(const Globals& globals, const RunFlags& flags,
                                const canary::Endpoint& endpoint, const plan::PlannedRun& planned,
                                const spending::Prices& prices);

}  // namespace proctor::harness::run
