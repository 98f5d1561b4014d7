// Puts the samples of a run where they belong as they were elsewhere: with their states, times and
// attempts, past the rules of Store::commit(). For imports, into a store that nobody else has.
#pragma once

#include <filesystem>
#include <memory>

#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::reports {

class RunFiller {
 public:
  // Adds the plan's run to the store and fills its grid, in one transaction that finish() ends.
  // Errors: as Store::open_for_writing().
  static Result<RunFiller> begin(const std::filesystem::path& file, const RunPlan& plan);
  RunFiller(RunFiller&&) noexcept;
  ~RunFiller();

  // Stores the sample at its task, question and repeat; its id is not looked at. A damaged reply
  // cannot be stored: check(). Errors: invalid_input, for a place outside the grid or filled
  // already; io, disk_full.
  Result<void> put(const SampleRecord& sample);

  // The run is stored, with its status and dates; a date that is empty is now. Returns its number
  // in the file. Call once.
  Result<RunId> finish(const RunInfo& info);

 private:
  struct Parts;
  explicit RunFiller(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace proctor::reports
