// LiveCodeBench grows by files: "release_v5" are the first five, "v5" is the fifth alone and
// "v4_v5" the fourth and the fifth, as upstream's loader names them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace proctor::tasks::livecodebench {

// The files `first` to `last`, counted from 1.
struct Release {
  std::size_t first = 1;
  std::size_t last = 1;

  bool operator==(const Release&) const = default;
};

// The release of that name, if there is one. "v1" is release_v1.
std::optional<Release> release_named(std::string_view name);
std::string name_of(const Release& release);
// All that have a name of the form "release_v5", for messages.
std::string release_names();

// How many problems its files hold.
std::size_t problems_in(const Release& release);
// How many problems of it come before those of the file `file`.
std::size_t problems_before(const Release& release, std::size_t file);

// The release that files with these numbers of rows are, one upstream file or several in each, in
// upstream's order. Nothing if none fits, and if two do: the third and the fourth file are of one
// size.
std::optional<Release> release_of(std::span<const std::size_t> rows_of_files);

}  // namespace proctor::tasks::livecodebench
