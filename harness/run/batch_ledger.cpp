#include "harness/run/batch_ledger.h"

#include <fmt/core.h>

#include <utility>

namespace proctor::harness::run {

Result<void> StoreBatchLedger::attach(const std::filesystem::path& store, reports::RunId run,
                                      bool by_batch) {
  Result<reports::BatchTable> table = reports::BatchTable::open(store, run);
  if (!table) return table.error();
  batches_.emplace(std::move(*table));
  if (by_batch) return {};
  const Result<std::vector<reports::StoredBatch>> open = batches_->open_batches();
  if (!open) return open.error();
  if (open->empty()) return {};
  return Error(ErrorCode::invalid_input,
               fmt::format("run {} has {} batches open at the service, whose replies are paid for; "
                           "--batch collects them",
                           run, open->size()));
}

Result<bool> StoreBatchLedger::any() const {
  check(batches_.has_value());
  return batches_->any();
}

Result<void> StoreBatchLedger::close_all() {
  check(batches_.has_value());
  return batches_->end_all("collected");
}

Result<std::vector<backends::LedgerEntry>> StoreBatchLedger::open_batches() {
  check(batches_.has_value());
  Result<std::vector<reports::StoredBatch>> stored = batches_->open_batches();
  if (!stored) return stored.error();
  std::vector<backends::LedgerEntry> entries;
  for (reports::StoredBatch& batch : *stored) {
    entries.push_back({.key = std::move(batch.key),
                       .file = std::move(batch.file),
                       .id = std::move(batch.id),
                       .begun = batch.begun,
                       .requests = std::move(batch.requests)});
  }
  return entries;
}

Result<void> StoreBatchLedger::intended(const backends::LedgerEntry& entry) {
  check(batches_.has_value());
  return batches_->add({entry.key, entry.file, "", entry.begun, entry.requests});
}

Result<void> StoreBatchLedger::accepted(const std::string& key, const std::string& id) {
  check(batches_.has_value());
  return batches_->set_id(key, id);
}

Result<void> StoreBatchLedger::closed(const std::string& key, const std::string& how) {
  check(batches_.has_value());
  return batches_->end(key, how);
}

}  // namespace proctor::harness::run
