// Runs from files that were written elsewhere, or by `proctor export`, into a store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::harness::exchange {

enum class ImportFormat {
  own,      // reports/EXPORT.md
  lm_eval,  // samples_TASK_TIME.jsonl
  inspect,  // .eval, or .json
  lcb,      // LiveCodeBench's result files
};

struct ImportRequest {
  std::vector<std::filesystem::path> files{};
  ImportFormat format = ImportFormat::own;
  std::string model{};   // whose replies they are; empty: as the files say
  std::string task{};    // what was asked; empty: as the files say
  std::string window{};  // of contest dates, as tasks::Selection has it; empty: all questions
  std::string scorer{};  // whose scores of several: inspect's scorer, lm-eval's filter
};

// Adds the runs of all files to the store, in one step: a run for each file of our own format, and
// for other formats one run with a task for each file. Returns their numbers. Prepares them in a
// store beside `db`, and needs as much room again for it. Replies are read one at a time.
// Errors: invalid_input, not_found, io, disk_full; busy if another proctor writes the store.
Result<std::vector<reports::RunId>> import_runs(const std::filesystem::path& db,
                                                const ImportRequest& request);

// Fills a run of another program's files into the store `scratch`. For import_runs().
Result<void> import_foreign(const std::filesystem::path& scratch, const ImportRequest& request);

// The same for one file of our own format.
Result<void> import_own(const std::filesystem::path& scratch, const std::filesystem::path& file);

}  // namespace proctor::harness::exchange
