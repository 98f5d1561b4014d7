// What a run's batches are remembered by: the store, for the backend that hands them in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/remote/batch/batch_ledger.h"
#include "harness/core/result.h"
#include "reports/batches.h"

namespace proctor::harness::run {

class StoreBatchLedger : public backends::BatchLedger {
 public:
  // Before anything else is asked of it: whose batches these are. `by_batch` says whether the run
  // goes on by batches. Errors: the store's; invalid_input, if it does not although batches are
  // open, which would ask and pay for the same again.
  Result<void> attach(const std::filesystem::path& store, reports::RunId run, bool by_batch);

  // Whether the run was ever asked by batches. Errors: the store's.
  Result<bool> any() const;

  // Every request of the run has been asked for and is over, so that no batch holds any more of it.
  Result<void> close_all();

  Result<std::vector<backends::LedgerEntry>> open_batches() override;
  Result<void> intended(const backends::LedgerEntry& entry) override;
  Result<void> accepted(const std::string& key, const std::string& id) override;
  Result<void> closed(const std::string& key, const std::string& how) override;

 private:
  std::optional<reports::BatchTable> batches_;
};

}  // namespace proctor::harness::run
