#include "backends/engine/replicas.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace proctor;
using namespace proctor::engine;

TEST_CASE("a list of devices gives each an engine") {
  struct Row {
    const char* device;
    std::vector<std::string> devices;
  };
  const Row kRows[] = {
      {"cpu", {"cpu"}},
      {"cpu:1", {"cpu"}},
      {"cpu:3", {"cpu", "cpu", "cpu"}},
      {"cuda:1", {"cuda:1"}},
      {"cuda:2,0,1", {"cuda:2", "cuda:0", "cuda:1"}},
      {"abacus", {"abacus"}},  // make_device() will say what is wrong with it
  };
  for (const Row& row : kRows) {
    CAPTURE(row.device);
    const Result<std::vector<EngineOptions>> replicas = replica_options({.device = row.device});
    REQUIRE(replicas);
    std::vector<std::string> devices;
    for (const EngineOptions& replica : *replicas) devices.push_back(replica.device);
    CHECK(devices == row.devices);
  }
}

TEST_CASE("engines on one processor share its threads and all share the memory to swap to") {
  const auto four = replica_options({.device = "cpu:4", .threads = 9, .swap_gib = 6});
  REQUIRE(four);
  REQUIRE(four->size() == 4);
  for (const EngineOptions& replica : *four) {
    CHECK(replica.threads == 2);
    CHECK(replica.swap_gib == 1.5);
  }
  const auto many = replica_options({.device = "cpu:8", .threads = 2});
  REQUIRE(many);
  CHECK(many->front().threads == 1);
  REQUIRE(many->front().swap_gib);
  CHECK(*many->front().swap_gib <= 2);
  const auto alone = replica_options({.device = "cpu", .threads = 9});
  REQUIRE(alone);
  CHECK(alone->front().threads == 9);
  CHECK(!alone->front().swap_gib);
}
