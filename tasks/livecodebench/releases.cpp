#include "tasks/livecodebench/releases.h"

#include <array>
#include <numeric>
#include <set>

namespace proctor::tasks::livecodebench {
namespace {

// Problems in test.jsonl, test2.jsonl and so on, from the README of LiveCodeBench (28fef95).
constexpr std::array<std::size_t, 6> kProblems = {400, 111, 101, 101, 167, 175};

// The number of a file: "v5" is 5.
std::optional<std::size_t> version_named(std::string_view name) {
  if (name.size() != 2 || name[0] != 'v' || name[1] < '1') return std::nullopt;
  const auto version = static_cast<std::size_t>(name[1] - '0');
  if (version > kProblems.size()) return std::nullopt;
  return version;
}

std::string version_name(std::size_t version) { return "v" + std::to_string(version); }

// Whether each file of the user's ends where one of upstream's does.
bool fits(const Release& release, std::span<const std::size_t> rows_of_files) {
  std::set<std::size_t> ends;
  for (std::size_t file = release.first; file <= release.last; ++file) {
    ends.insert(problems_in({release.first, file}));
  }
  std::size_t rows = 0;
  for (std::size_t more : rows_of_files) {
    rows += more;
    if (!ends.contains(rows)) return false;
  }
  return rows == problems_in(release);
}

}  // namespace

std::optional<Release> release_named(std::string_view name) {
  constexpr std::string_view kFromTheFirst = "release_";
  if (name.starts_with(kFromTheFirst)) {
    const std::optional<std::size_t> last = version_named(name.substr(kFromTheFirst.size()));
    if (!last) return std::nullopt;
    return Release{1, *last};
  }
  const std::size_t gap = name.find('_');
  const std::optional<std::size_t> first = version_named(name.substr(0, gap));
  const std::optional<std::size_t> last =
      gap == std::string_view::npos ? first : version_named(name.substr(gap + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return Release{*first, *last};
}

std::string name_of(const Release& release) {
  if (release.first == 1) return "release_" + version_name(release.last);
  if (release.first == release.last) return version_name(release.first);
  return version_name(release.first) + "_" + version_name(release.last);
}

std::string release_names() {
  std::string names;
  for (std::size_t last = 1; last <= kProblems.size(); ++last) {
    names += (names.empty() ? "" : ", ") + name_of({1, last});
  }
  return names;
}

std::size_t problems_in(const Release& release) {
  const std::span<const std::size_t> files =
      std::span(kProblems).subspan(release.first - 1, release.last - release.first + 1);
  return std::accumulate(files.begin(), files.end(), std::size_t{0});
}

std::size_t problems_before(const Release& release, std::size_t file) {
  return file == release.first ? 0 : problems_in({release.first, file - 1});
}

std::optional<Release> release_of(std::span<const std::size_t> rows_of_files) {
  std::optional<Release> found;
  for (std::size_t first = 1; first <= kProblems.size(); ++first) {
    for (std::size_t last = first; last <= kProblems.size(); ++last) {
      if (!fits({first, last}, rows_of_files)) continue;
      if (found) return std::nullopt;
      found = Release{first, last};
    }
  }
  return found;
}

}  // namespace proctor::tasks::livecodebench
