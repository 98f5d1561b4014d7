// A run's report, computed from the store alone.
#pragma once

#include "harness/prices.h"
#include "reports/report.h"
#include "reports/store.h"

namespace proctor::harness {

// Errors: not_found, corrupt.
Result<reports::RunReport> summarize(reports::Store& store, reports::RunId run,
                                     const Prices& prices = {});

}  // namespace proctor::harness
