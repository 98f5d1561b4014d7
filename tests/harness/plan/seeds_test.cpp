#include "harness/plan/seeds.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using proctor::harness::plan::sample_seed;

TEST_CASE("sample seeds are frozen") {
  // printf 'proctor sample seed 1\n0\naime24\n60\n0' | sha256sum | cut -c1-16, and so on. Stored
  // runs depend on them: a change here breaks resuming and every comparison with earlier runs.
  struct Row {
    std::uint64_t run_seed;
    const char* task;
    const char* question;
    int repeat;
    std::uint64_t seed;
  };
  constexpr Row kRows[] = {
      {0, "aime24", "60", 0, 0xaa3dd4a5c94a4ab9},
      {0, "aime24", "60", 1, 0x28b3817d6a9504c6},
      {18'446'744'073'709'551'615ULL, "math500", "test/algebra/1.json", 3, 0x5a62fc2be4e6b291},
  };
  for (const Row& row : kRows) {
    CHECK(sample_seed(row.run_seed, row.task, row.question, row.repeat) == row.seed);
  }
}

TEST_CASE("no two samples of a large run share a seed") {
  std::set<std::uint64_t> seeds;
  for (int question = 0; question < 500; ++question) {
    for (int repeat = 0; repeat < 64; ++repeat) {
      seeds.insert(sample_seed(7, "math500", std::to_string(question), repeat));
    }
  }
  CHECK(seeds.size() == 500 * 64);
  CHECK_FALSE(seeds.contains(sample_seed(8, "math500", "0", 0)));
  CHECK_FALSE(seeds.contains(sample_seed(7, "aime24", "0", 0)));
}
