// What fetches of a task came to: DIR/TASK.fetched.json, one entry for each thing that was asked
// for. A hub that has become another one since is an error, and never another benchmark under the
// same name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::harness::data {

struct Frozen {
  std::string dataset;             // "HuggingFaceH4/MATH-500"
  std::string revision;            // as it was asked for
  std::vector<std::string> files;  // likewise, in order; of rows, config and split
  std::string commit;              // empty, if the rows service did not say
  std::string sha256;              // of the questions in normal form

  bool same_request(const Frozen& other) const {
    return dataset == other.dataset && revision == other.revision && files == other.files;
  }
  bool same_content(const Frozen& other) const {
    return dataset == other.dataset && commit == other.commit && files == other.files;
  }
  // "HuggingFaceH4/MATH-500@0123456789ab: test.jsonl"
  std::string described() const;
};

std::filesystem::path frozen_path(const std::filesystem::path& dir, std::string_view task);

// None, if the task was never fetched. Errors: corrupt, naming the file.
Result<std::vector<Frozen>> load_frozen(const std::filesystem::path& dir, std::string_view task);

// Puts an entry in the place of that for the same request, if there is one.
// Errors: io, disk_full.
Result<void> save_frozen(const std::filesystem::path& dir, std::string_view task,
                         std::vector<Frozen> all, const Frozen& fresh);

}  // namespace proctor::harness::data
