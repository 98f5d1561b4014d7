// What a run has cost, in words for its end.
#pragma once

#include <string>

#include "harness/spending/spending.h"
#include "reports/report.h"

namespace proctor::harness::spending {

// A line on what each task and all of them cost and one on what is left of the budget (null:
// there is none), each beginning "proctor: "; instead of the first, that the model has no price, if
// its requests are `paid` for at all; nothing, if there is nothing to say. What the budget was
// charged beside the tasks' replies (a canary's, or replies whose tokens nobody counted) is only in
// the second.
std::string describe_spending(const reports::RunReport& report, const Spending* budget, bool paid);

}  // namespace proctor::harness::spending
