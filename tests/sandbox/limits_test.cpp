#include "sandbox/limits.h"

#include <doctest/doctest.h>

#include <map>

namespace proctor::sandbox::test {

namespace {

std::map<int, rlimit> by_resource(const std::vector<ResourceLimit>& limits) {
  std::map<int, rlimit> all;
  for (const ResourceLimit& limit : limits) all[limit.resource] = limit.value;
  return all;
}

}  // namespace

TEST_CASE("what is not said follows from what is") {
  struct Row {
    int cpu, wall;
  };
  constexpr Row kRows[] = {{200, 1200}, {1000, 2000}, {6000, 12'000}};
  for (const Row& row : kRows) {
    Limits limits;
    limits.cpu = milliseconds(row.cpu);
    CHECK(with_defaults(limits).wall == milliseconds(row.wall));
  }
  Limits said;
  said.wall = milliseconds(5);
  said.stack = 6;
  CHECK(with_defaults(said).wall == milliseconds(5));
  CHECK(with_defaults(said).stack == 6);
  // Endless recursion has to meet the end of the stack before that of memory.
  CHECK(with_defaults({}).stack < Limits().memory);
  CHECK(with_defaults({}).stack > Limits().memory / 2);
}

TEST_CASE("address space is limited only where memory is not counted") {
  Limits limits = with_defaults({});
  limits.processes = 10;
  const auto counted = by_resource(resource_limits(limits, true, 0));
  CHECK(!counted.contains(RLIMIT_AS));
  CHECK(counted.at(RLIMIT_STACK).rlim_cur == limits.stack);
  CHECK(counted.at(RLIMIT_NPROC).rlim_cur == 10);
  const auto uncounted = by_resource(resource_limits(limits, false, 3));
  CHECK(uncounted.at(RLIMIT_AS).rlim_cur > limits.memory);
  CHECK(uncounted.at(RLIMIT_STACK).rlim_cur < limits.stack);
  CHECK(uncounted.at(RLIMIT_NPROC).rlim_cur == 13);
}

TEST_CASE("the kernel's limit of CPU time never comes before the real one") {
  Limits limits = with_defaults({});
  for (const int cpu : {1, 999, 1000, 1001, 6000}) {
    limits.cpu = milliseconds(cpu);
    for (const bool has_cgroup : {true, false}) {
      const rlimit kernel = by_resource(resource_limits(limits, has_cgroup, 0)).at(RLIMIT_CPU);
      CHECK(std::chrono::seconds(kernel.rlim_cur) >= limits.cpu + milliseconds(1000));
      CHECK(kernel.rlim_max == kernel.rlim_cur + 1);
    }
  }
}

}  // namespace proctor::sandbox::test
