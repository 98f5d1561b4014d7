// A run's report, computed from the store alone.
#pragma once

#include "harness/spending/prices.h"
#include "reports/report.h"
#include "reports/store.h"

namespace proctor::harness::figures {

// Errors: not_found, corrupt.
Result<reports::RunReport> summarize(reports::Store& store, reports::RunId run,
                                     const spending::Prices& prices = {});

}  // namespace proctor::harness::figures
