// What is remembered of batches beyond the process that handed them in: an interface, because the
// store belongs to others. A batch that a service has accepted is paid for, so that each step is on
// the disk before the next one is made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace proctor::backends {

// A batch that was handed in, or was about to be, and whose replies are not all safe yet.
struct LedgerEntry {
  std::string key{};                    // ours, and no other batch's ever
  std::string file{};                   // the service's name for the requests; may be empty
  std::string id{};                     // the service's name for the batch; empty: none came back
  std::int64_t begun = 0;               // Unix time, just before the service was asked for it
  std::vector<std::string> requests{};  // by custom id, in the order of the file
};

// Of one run. One thread at a time. What a call has returned from without an error is durable.
// Errors: those of the store.
class BatchLedger {
 public:
  virtual ~BatchLedger() = default;

  // The batches that are not closed, oldest first.
  virtual Result<std::vector<LedgerEntry>> open_batches() = 0;
  // The service is about to be asked for this batch. It has no id yet.
  virtual Result<void> intended(const LedgerEntry& entry) = 0;
  // The service has it, under this id.
  virtual Result<void> accepted(const std::string& key, const std::string& id) = 0;
  // Nothing is to be expected of it any more; `how` is a word on why: "completed", "not created". A
  // batch of an earlier process that holds requests which nobody asked for this time is left open:
  // whether their replies are stored, the ledger's owner knows.
  virtual Result<void> closed(const std::string& key, const std::string& how) = 0;
};

}  // namespace proctor::backends
