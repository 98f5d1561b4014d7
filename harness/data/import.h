// Bringing a benchmark's files into a data folder: what `data import` and `data fetch` share.
#pragma once

#include <filesystem>
#include <span>

#include "harness/process/exit_code.h"
#include "harness/process/globals.h"
#include "tasks/task.h"

namespace proctor::harness::data {

// The task of that name. Errors: not_found; invalid_input for one that is part of the program.
Result<const tasks::Task*> importable_task(const std::string& name);

// Reads the files, says how far a long import is and what the set lacks, and stores nothing but the
// tests of programs. Errors: as tasks::parse_dataset().
Result<tasks::Dataset> read_files(const tasks::Task& task,
                                  std::span<const std::filesystem::path> files,
                                  const std::filesystem::path& dir);

// Stores what was read, unless it is there already, saying what it replaces.
// Returns whether it was there. Errors: io, disk_full.
Result<bool> store_dataset(const std::filesystem::path& dir, const tasks::Task& task,
                           const tasks::Dataset& dataset);

// Says what is in the data folder now, as a line or as JSON.
void print_imported(const Globals& globals, const std::filesystem::path& dir,
                    const tasks::Task& task, const tasks::Dataset& dataset, bool unchanged);

// All of it, for files of the user's.
ExitCode import_files(const Globals& globals, const std::string& task,
                      std::span<const std::filesystem::path> files);

}  // namespace proctor::harness::data
