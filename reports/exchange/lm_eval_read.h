// lm-eval's sample logs, samples_TASK_TIME.jsonl (EleutherAI/lm-evaluation-harness,
// lm_eval/loggers/evaluation_tracker.py): a row for each document and filter.
#pragma once

#include <filesystem>
#include <string_view>

#include "reports/exchange/foreign.h"

namespace proctor::reports::exchange {

// Visits the replies of one file, each document once, with the score of `filter`, or of the filter
// of the file's first row if that is empty. The rows say nothing of tokens, times and how replies
// ended. A metric is right at 1 and wrong at 0; anything else is not a verdict, and the sample
// stays without one. Where a document has several replies the metric is of the first only, unless
// the row has "proctor_scores", one for each; what "proctor_canonical" has for a reply is its
// answer's canonical form (both as format_lm_eval_row() writes them). Errors: not_found, io,
// invalid_input, as FILE:line: field.
Result<ForeignLog> visit_lm_eval(const std::filesystem::path& file, std::string_view filter,
                                 const ForeignVisitor& visitor);

}  // namespace proctor::reports::exchange
