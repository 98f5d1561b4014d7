#include "tasks/livecodebench/releases.h"

#include <doctest/doctest.h>

#include <vector>

namespace proctor::tasks::livecodebench {

TEST_CASE("releases have the sizes that upstream states") {
  struct Row {
    const char* name;
    Release release;
    std::size_t problems;
  };
  constexpr Row kRows[] = {
      {"release_v1", {1, 1}, 400}, {"release_v2", {1, 2}, 511}, {"release_v3", {1, 3}, 612},
      {"release_v4", {1, 4}, 713}, {"release_v5", {1, 5}, 880}, {"release_v6", {1, 6}, 1055},
      {"v2", {2, 2}, 111},         {"v3", {3, 3}, 101},         {"v4", {4, 4}, 101},
      {"v5", {5, 5}, 167},         {"v6", {6, 6}, 175},         {"v4_v5", {4, 5}, 268},
      {"v2_v6", {2, 6}, 655},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(release_named(row.name) == row.release);
    CHECK(name_of(row.release) == row.name);
    CHECK(problems_in(row.release) == row.problems);
  }
  CHECK(release_named("v1") == Release{1, 1});
  CHECK(release_named("v1_v5") == Release{1, 5});
  CHECK(release_named("v3_v3") == Release{3, 3});
  for (const char* none : {"", "v", "v0", "v7", "release_v0", "release_v7", "release_v4_v5",
                           "release", "v5_v4", "v4_", "_v4", "v4_v5_v6", "V5", "5", "v44"}) {
    CAPTURE(none);
    CHECK(!release_named(none));
  }
}

TEST_CASE("problems are counted from the beginning of the release") {
  CHECK(problems_before({1, 6}, 1) == 0);
  CHECK(problems_before({1, 6}, 5) == 713);
  CHECK(problems_before({4, 6}, 4) == 0);
  CHECK(problems_before({4, 6}, 6) == 268);
}

TEST_CASE("a release is recognised by the sizes of its files in their order") {
  struct Row {
    std::vector<std::size_t> rows;
    const char* release;  // "": none
  };
  const Row kRows[] = {
      {{400}, "release_v1"},      {{400, 111, 101, 101, 167}, "release_v5"},
      {{880}, "release_v5"},       // joined beforehand
      {{713, 167}, "release_v5"},  // partly
      {{1055}, "release_v6"},     {{167}, "v5"},
      {{101, 167}, "v4_v5"},      {{268}, "v4_v5"},
      {{101, 101}, "v3_v4"},      {{101}, ""},  // the third and the fourth file
      {{111, 400}, ""},                         // in the wrong order
      {{400, 112}, ""},           {{879}, ""},
      {{400, 400}, ""},           {{12}, ""},
      {{400, 0}, "release_v1"},   {{}, ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.release);
    const std::optional<Release> release = release_of(row.rows);
    CHECK((release ? name_of(*release) : "") == row.release);
  }
}

}  // namespace proctor::tasks::livecodebench
