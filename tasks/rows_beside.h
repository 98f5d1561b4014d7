// Rows of further files that belong to the rows of a dataset, found by a key: the big tests of
// contest problems, which are kept apart from the problems and may be larger than the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::tasks {

// How a copy spells such rows. They are told by their fields from those of the dataset itself.
struct BesideSchema {
  std::string_view key;  // text: the id of the row they belong to
  std::span<const std::string_view> others{};
};

// Not thread-safe.
class RowsBeside {
 public:
  // Whether the file's first row is of the schema. Errors: as LineReader::next() and
  // parse_object().
  static Result<bool> are_in(const std::filesystem::path& path, const BesideSchema& schema);

  // Reads the file through, one row at a time, and remembers where each lies; it must stay as it is
  // while this is in use. Errors, with the place: invalid_input; not_found; io.
  Result<void> add(const std::filesystem::path& path, const BesideSchema& schema);

  // How many rows have that key.
  std::size_t count(const std::string& key) const;
  // Reads those rows, in the order in which they were added. Errors: invalid_input, for a file that
  // has been changed meanwhile; not_found; io.
  Result<std::vector<nlohmann::json>> rows(const std::string& key) const;

 private:
  struct Place {
    std::size_t file = 0;
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };

  std::vector<std::filesystem::path> files_;
  std::map<std::string, std::vector<Place>, std::less<>> places_;
};

}  // namespace proctor::tasks
