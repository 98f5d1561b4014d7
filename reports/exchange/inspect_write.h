// A task of a run as inspect_ai logs one: the texts of an .eval archive's members (schema version
// 2). Pure. Checked with the reader of inspect_ai 0.3.285 (tests/peers/read_inspect.py).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/record.h"
#include "reports/exchange/lm_eval_write.h"
#include "reports/store.h"

namespace proctor::reports::exchange {

// What the header says besides the plan.
struct InspectResults {
  std::int64_t replies = 0;  // samples with one
  std::int64_t scored = 0;   // samples with a verdict
  double accuracy = 0;       // over questions; NaN for none
  double error_questions = 0;
};

// A sample with its question as that repeat was asked it.
struct InspectSample {
  const Question& question;
  const Asking& asking;
  const SampleRecord& record;
};

// "samples/ID_epoch_N.json"; epochs are repeats counted from 1.
std::string inspect_member(const std::string& question_id, std::int32_t repeat);

std::string format_inspect_sample(const InspectSample& sample);
// What `summaries.json` has of it; the file is an array of these.
std::string format_inspect_summary(const InspectSample& sample);
std::string format_inspect_header(const RunInfo& info, const RunPlan& plan, const TaskPlan& task,
                                  const Asking& asking, const InspectResults& results);

}  // namespace proctor::reports::exchange
