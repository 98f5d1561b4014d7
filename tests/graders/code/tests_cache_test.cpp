#include "graders/code/tests_cache.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::code {
namespace {

constexpr const char* kStored =
    R"({"function":"f","starter_code":"class","tests":[{"input":"1","output":"2"}]})";

TEST_CASE("stored tests are read and what is wrong with them is named") {
  const Result<Job> stored = parse_stored_tests(kStored);
  REQUIRE(stored);
  CHECK(stored->mode == Job::Mode::function);
  CHECK(stored->function == "f");
  REQUIRE(stored->tests.size() == 1);
  CHECK(stored->tests[0].input == "1");
  CHECK(stored->tests[0].output == "2");
  CHECK(parse_stored_tests(R"({"tests":[]})")->mode == Job::Mode::standard_io);
  for (const char* wrong :
       {"", "[]", "{}", R"({"tests":1})", R"({"tests":[1]})", R"({"tests":[{"input":"1"}]})",
        R"({"function":1,"tests":[]})", R"({"tests":[{"input":1,"output":"2"}]})"}) {
    CAPTURE(wrong);
    const Result<Job> refused = parse_stored_tests(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().starts_with("stored tests: "));
  }
}

TEST_CASE("tests are loaded once while they are at hand and errors are passed on") {
  const std::string text = kStored;
  TestsCache cache(2 * text.size());
  int loads = 0;
  const auto load = [&]() -> Result<std::string> {
    ++loads;
    return text;
  };
  for (int i = 0; i < 3; ++i) REQUIRE(cache.find("a", load));
  CHECK(loads == 1);
  REQUIRE(cache.find("b", load));
  REQUIRE(cache.find("a", load));
  CHECK(loads == 2);
  REQUIRE(cache.find("c", load));  // "b" was used least recently and has to go
  CHECK(loads == 3);
  REQUIRE(cache.find("a", load));
  CHECK(loads == 3);
  REQUIRE(cache.find("b", load));
  CHECK(loads == 4);

  const auto failing = []() -> Result<std::string> { return Error(ErrorCode::corrupt, "torn"); };
  CHECK(cache.find("d", failing).error().message() == "torn");
  CHECK(cache.find("d", load));  // a failure is not remembered
}

TEST_CASE("tests larger than the cache are still kept for the next reply") {
  TestsCache cache(1);
  int loads = 0;
  const auto load = [&]() -> Result<std::string> {
    ++loads;
    return std::string(kStored);
  };
  REQUIRE(cache.find("a", load));
  REQUIRE(cache.find("a", load));
  CHECK(loads == 1);
}

}  // namespace
}  // namespace proctor::graders::code
