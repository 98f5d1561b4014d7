// The rows of a dataset that the hub has only as Parquet, from the service that reads Parquet for
// others (GET /splits and /rows of datasets-server).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "harness/core/result.h"
#include "harness/hub/client.h"

namespace proctor::harness::hub {

struct RowsSource {
  std::string dataset;  // "HuggingFaceH4/aime_2024"
  std::string config;   // "default"
  std::string split;    // "train"
};

struct FetchedRows {
  std::size_t rows = 0;
  std::string commit;  // of the dataset, where the service says it
};

using OnRows = std::function<void(std::size_t rows, std::size_t of)>;

// Writes all rows of the split to `path` as JSON Lines, in order; the file is there whole or not at
// all. Asks for a hundred at a time, fewer where they are too big for the service, and no faster
// than a few times a second.
// Errors: not_found, naming the splits there are; corrupt, for a cell that the service cut short,
// for a split of which it holds only a part, for rows that are missing, and for a dataset that
// changes meanwhile; refused; transport; interrupted; disk_full; io.
Result<FetchedRows> fetch_rows(HubClient& client, const RowsSource& source,
                               const std::filesystem::path& path, const OnRows& on_rows);

}  // namespace proctor::harness::hub
