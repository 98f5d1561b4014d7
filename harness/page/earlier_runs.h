// How the same model did before on the same recipe: the trend beside a run's own figures.
#pragma once

#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/html/page_data.h"
#include "reports/store.h"

namespace proctor::harness::page {

struct EarlierRun {
  std::string task;
  reports::html::EarlierFigure figure;
};

// pass@1 in up to a dozen of the runs before `run`, oldest first, for the tasks of its plan that
// they share: same questions, same protocol, same model spec. What would take long is left out:
// together they have at most two million samples. Errors: corrupt, io.
Result<std::vector<EarlierRun>> earlier_runs(reports::Store& store, reports::RunId run,
                                             const RunPlan& plan);

}  // namespace proctor::harness::page
