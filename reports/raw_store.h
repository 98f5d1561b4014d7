// A store's tables without its states: for what moves whole runs between files as they are. Private
// to reports.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/core/result.h"
#include "reports/sqlite.h"
#include "reports/store.h"

namespace proctor::reports {

// A connection to the tables of a sound store, whatever its format, that sees those of today's.
// Errors: not_found, corrupt, io.
Result<Database> open_tables_to_read(const std::filesystem::path& file);

// A connection to write the tables of a store of today's format that the caller holds the lock of.
Result<Database> open_tables_to_write(const std::filesystem::path& file);

// Copies a run with all that belongs to it, under new ids, and returns its own. Texts are copied as
// they lie there, damage included; questions and attachments that are there already are shared. To
// be called within a transaction of `into`. Errors: not_found, io, disk_full.
Result<RunId> copy_run(const Database& from, RunId run, const Database& into);

// Adds all runs of one store to another, which is created if there is none, in one transaction, and
// returns their numbers there. Takes the lock of `into`. Errors: busy, corrupt, io, disk_full.
Result<std::vector<RunId>> append_runs(const std::filesystem::path& from,
                                       const std::filesystem::path& into);

}  // namespace proctor::reports
