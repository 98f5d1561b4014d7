// The batches of a run that were handed in to a service, in the store (reports/STORE.md). Each step
// is on the disk before it returns, because a batch that a service has accepted is paid for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "reports/sqlite.h"
#include "reports/store.h"

namespace proctor::reports {

struct StoredBatch {
  std::string key{};                    // unique
  std::string file{};                   // the service's name for its requests
  std::string id{};                     // the service's name for the batch; empty: not known
  std::int64_t begun = 0;               // Unix time
  std::vector<std::string> requests{};  // their names, none with a line break
};

// A connection of its own to a store that this process holds open to write, so that it can be used
// beside the thread that writes replies. One thread at a time. Errors of all calls: busy,
// disk_full, io, corrupt.
class BatchTable {
 public:
  static Result<BatchTable> open(const std::filesystem::path& store, RunId run);

  // Those that have not ended, oldest first.
  Result<std::vector<StoredBatch>> open_batches() const;
  // Whether the run was ever asked by batches.
  Result<bool> any() const;
  Result<void> add(const StoredBatch& batch) const;
  Result<void> set_id(const std::string& key, const std::string& id) const;
  // `how` is a word: "completed".
  Result<void> end(const std::string& key, const std::string& how) const;
  // The same for all that are open.
  Result<void> end_all(const std::string& how) const;

 private:
  BatchTable(Database database, RunId run) : database_(std::move(database)), run_(run) {}

  Database database_;
  RunId run_;
};

}  // namespace proctor::reports
