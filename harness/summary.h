// A run's report, computed from the store alone.
#pragma once

#include "reports/report.h"
#include "reports/store.h"

namespace proctor::harness {

// Errors: not_found, corrupt.
Result<reports::RunReport> summarize(reports::Store& store, reports::RunId run);

}  // namespace proctor::harness
