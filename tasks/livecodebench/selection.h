// Which problems a run asks: a release, a window of dates, without the known-bad ones.
#pragma once

#include "tasks/task.h"

namespace proctor::tasks::livecodebench {

// select_questions() without the hash. The counts that are known (the size of each release, and the
// problems of each month of release_v5) are checked, so that a window that a paper names is the
// paper's window: release_v5 has 279 problems from 2024-08 to 2025-01.
Result<void> select(const Selection& selection, Dataset& dataset);

}  // namespace proctor::tasks::livecodebench
