// A run as lm-eval logs one: samples_TASK_TIME.jsonl and results_TIME.json. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/core/record.h"
#include "reports/store.h"

namespace proctor::reports::exchange {

// How the replies were asked for, where it is known.
struct Asking {
  std::optional<Prompt> prompt{};
  std::optional<Sampling> sampling{};
};

// A sample, and the gold of its question as that repeat was asked it.
struct LmEvalReply {
  SampleRecord record;
  std::string target;
};

// The row of one question, as its first repeat is asked it, with all its replies, by repeat.
// Samples without a reply are left out; "exact_match" is the share of right ones among those with a
// verdict (null without any). Three lists that lm-eval does not know have for each reply its score,
// "proctor_scores" (1, 0 or null), its answer's canonical form, "proctor_canonical" (null without a
// score), and its target, "proctor_targets".
std::string format_lm_eval_row(std::int64_t doc_id, const Question& question, const Asking& asking,
                               std::span<const LmEvalReply> repeats);

struct LmEvalTask {
  std::string task;
  std::int64_t questions = 0;
  int repeats = 1;
  double exact_match = 0;  // NaN for none
  double stderr_ = 0;      // likewise
};

std::string format_lm_eval_results(const RunInfo& info, const RunPlan& plan,
                                   std::span<const LmEvalTask> tasks);

// As lm-eval spells names in paths: all but letters, digits, '-', '_' and '.' is "_", twice for a
// slash.
std::string lm_eval_model_name(const std::string& model);
std::string lm_eval_time(const std::string& iso_time);

}  // namespace proctor::reports::exchange
