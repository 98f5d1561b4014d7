// Two parts of one run. Private to reports.
#pragma once

#include <cstdint>

#include "harness/core/result.h"
#include "reports/sqlite.h"
#include "reports/store.h"

namespace proctor::reports {

// Takes over from run `part` into run `whole`, which is of the same plan, every sample that is
// further there, with all that belongs to it, and says how many they were. A run is complete if its
// parts fill each of its tasks or if one of them was, and it began with the earlier. To be called
// within a transaction of `into`. Errors: invalid_input, if the grids differ, or if a sample has a
// reply in both and they differ, or a score, which the error names; corrupt, io, disk_full.
Result<std::int64_t> unite_run(const Database& from, RunId part, const Database& into, RunId whole);

}  // namespace proctor::reports
