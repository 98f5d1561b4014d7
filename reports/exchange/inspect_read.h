// Logs of UK AISI's inspect_ai: .eval archives (schema version 2; its samples whole or, since 2026,
// in pieces) and the same as one .json. Checked with inspect_ai 0.3.285.
#pragma once

#include <filesystem>
#include <string_view>

#include "reports/exchange/foreign.h"

namespace proctor::reports::exchange {

// Visits every sample of the log, finished or not, with the score of `scorer`, or of the first one
// that the sample has if that is empty. "C" and 1 are right, "I" and 0 wrong, "N" is no answer; a
// partial score, and NaN, which is how inspect says unscored, leave the sample without a verdict.
// Errors: not_found, io, corrupt, invalid_input, naming file and member.
Result<ForeignLog> visit_inspect(const std::filesystem::path& file, std::string_view scorer,
                                 const ForeignVisitor& visitor);

}  // namespace proctor::reports::exchange
