// What a Store owns; shared by the files that implement it.
#pragma once

#include <optional>

#include "reports/compress.h"
#include "reports/file_lock.h"
#include "reports/sqlite.h"
#include "reports/store.h"

namespace proctor::reports {

// The statements of commit(), prepared once: they run for every sample.
struct ChangeStatements {
  Statement start, generate, insert_generation, insert_cached, fail, score, insert_score, ungrade,
      examine, rescore;
};

struct Store::Parts {
  std::filesystem::path file;
  std::optional<FileLock> lock;  // writers only
  Database database;
  Compressor compressor;
  std::optional<ChangeStatements> changes;
};

// Has a connection see the tables that an older file has not, empty; the file stays as it is.
Result<void> add_missing_tables(const Database& database);

}  // namespace proctor::reports
