// A ledger of batches that outlives a backend but not the test, and that keeps every step.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "backends/remote/batch/batch_ledger.h"

namespace proctor::support {

class MemoryLedger : public backends::BatchLedger {
 public:
  Result<std::vector<backends::LedgerEntry>> open_batches() override { return open; }

  Result<void> intended(const backends::LedgerEntry& entry) override {
    open.push_back(entry);
    steps.push_back("intended");
    return {};
  }

  Result<void> accepted(const std::string& key, const std::string& id) override {
    find(key)->id = id;
    steps.push_back("accepted " + id);
    return {};
  }

  Result<void> closed(const std::string& key, const std::string& how) override {
    open.erase(find(key));
    steps.push_back("closed: " + how);
    return {};
  }

  std::vector<backends::LedgerEntry> open;
  std::vector<std::string> steps;

 private:
  std::vector<backends::LedgerEntry>::iterator find(const std::string& key) {
    const auto found =
        std::find_if(open.begin(), open.end(), [&](const auto& entry) { return entry.key == key; });
    check(found != open.end());
    return found;
  }
};

}  // namespace proctor::support
