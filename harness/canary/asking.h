// Has a backend answer probes, within the run's budget.
#pragma once

#include <stop_token>
#include <vector>

#include "backends/backend.h"
#include "harness/canary/checks.h"
#include "harness/core/result.h"
#include "harness/spending/spending.h"

namespace proctor::harness::canary {

// The reply to each probe, of which at least one has one. The probes' tickets are their places.
// Blocks. `spending` is charged; null: without a budget.
// Errors: those of serving; that of the first probe, if none was answered; interrupted;
// invalid_input, if the budget has no room for the probes.
Result<std::vector<Result<Generation>>> ask_probes(backends::Backend& backend,
                                                   const std::vector<Probe>& probes,
                                                   spending::Spending* spending,
                                                   const std::stop_token& stop);

// Each probe beside its reply; both must outlive what is returned.
std::vector<ProbeReply> replies_to(const std::vector<Probe>& probes,
                                   const std::vector<Result<Generation>>& generations);

}  // namespace proctor::harness::canary
