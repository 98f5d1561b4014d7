// `proctor data fetch`: a benchmark's questions from the Hugging Face hub, or contests from the
// Codeforces API. What is fetched is imported as a user's own files are.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/hub/settings.h"
#include "harness/process/globals.h"
#include "tasks/task.h"

namespace proctor::harness::data {

struct DataRequest {
  std::string revision{};            // empty: the task's own
  std::vector<std::string> files{};  // empty: the task's own
  bool force = false;                // take what has another hash, and fetch what is here already
};

struct FetchedData {
  tasks::Dataset dataset;
  bool unchanged = false;  // it was in the data folder already
};

// Fetches, checks, imports and freezes (harness/data/frozen.h). Files that are here in part are
// continued; those of the same commit that were imported are not fetched again. The questions must
// have the hash that the program knows for the task's own revision, and the one that an earlier
// fetch of the same files and revision froze.
// Waits for another process that fetches into the same folder.
// Errors: invalid_input; corrupt, naming both hashes; those of the hub, the import and the disk.
Result<FetchedData> fetch_task(const hub::HubSettings& settings, const tasks::Task& task,
                               const DataRequest& request, const std::filesystem::path& dir,
                               const std::stop_token& stop);

// Adds `fetch` below `proctor data`.
void add_data_fetch(CLI::App& data, Globals& globals, int& exit_code);

}  // namespace proctor::harness::data
