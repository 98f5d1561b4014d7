#include "backends/engine/scheduler/page_pool.h"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace proctor::engine;

TEST_CASE("pages are counted exactly under random use") {
  std::mt19937_64 random(1);
  PagePool pool(10, 4);
  std::map<std::int32_t, int> owners;  // of the pages that have any
  for (int i = 0; i < 20'000; ++i) {
    const auto chosen = [&] {
      return std::next(owners.begin(), static_cast<std::ptrdiff_t>(random() % owners.size()));
    };
    const std::uint64_t what = random() % 3;
    if (what == 0 && pool.free() > 0) {
      const std::int32_t page = pool.allocate();
      CHECK(page >= 0);
      CHECK(page < 10);
      CHECK(owners.emplace(page, 1).second);
    } else if (what == 1 && !owners.empty()) {
      const auto page = chosen();
      pool.retain(page->first);
      ++page->second;
    } else if (what == 2 && !owners.empty()) {
      const auto page = chosen();
      pool.release(page->first);
      if (--page->second == 0) owners.erase(page);
    }
    CHECK(pool.used() == static_cast<int>(owners.size()));
    CHECK(pool.free() == 10 - pool.used());
    for (const auto& [page, count] : owners) CHECK(pool.owners(page) == count);
  }
}

TEST_CASE("positions take whole pages") {
  struct Row {
    int positions;
    int pages;
  };
  constexpr Row kRows[] = {{0, 0}, {1, 1}, {15, 1}, {16, 1}, {17, 2}, {32, 2}, {33, 3}};
  const PagePool pool(1, 16);
  for (const Row& row : kRows) {
    CAPTURE(row.positions);
    CHECK(pool.pages_for(row.positions) == row.pages);
  }
}
