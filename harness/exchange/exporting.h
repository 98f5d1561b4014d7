// A run in the formats that others read. Each writes as it reads: whatever the size of the run, one
// reply, or all replies to one question, are in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "harness/core/result.h"
#include "harness/exchange/outgoing_run.h"
#include "reports/report.h"

namespace proctor::harness::exchange {

// Takes the next piece of a file. Errors end the export.
using TextSink = std::function<Result<void>(std::string_view text)>;

// Replies that are stored but cannot be read back, of those that were to be written.
struct Exported {
  std::int64_t written = 0;  // samples
  std::int64_t damaged = 0;
};

// Everything that the store knows of the run: reports/EXPORT.md.
Result<Exported> export_own(const OutgoingRun& run, const TextSink& sink);

struct SftOptions {
  int per_question = 0;         // at most so many replies to one question; 0: all
  bool strip_thinking = false;  // only what comes after it
};
// The correct replies as chat messages, each different one once. Errors: also invalid_input, if the
// run has withheld texts or prompts that are no conversation.
Result<Exported> export_sft(const OutgoingRun& run, const SftOptions& options,
                            const TextSink& sink);

// FOLDER/MODEL/results_TIME.json and a samples_TASK_TIME.jsonl beside it for each task, as lm-eval
// names them. `report` is the run's. Errors: also io, disk_full.
Result<Exported> export_lm_eval(const OutgoingRun& run, const reports::RunReport& report,
                                const std::filesystem::path& folder);

// PATH as an .eval log, or, if the run has several tasks, a folder PATH with a TASK.eval for each.
Result<Exported> export_inspect(const OutgoingRun& run, const reports::RunReport& report,
                                const std::filesystem::path& path);

}  // namespace proctor::harness::exchange
