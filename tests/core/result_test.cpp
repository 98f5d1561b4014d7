#include "harness/core/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace proctor;

TEST_CASE("a result holds its value or its error") {
  const Result<int> good = 7;
  REQUIRE(good);
  CHECK(*good == 7);
  const Result<int> bad = Error(ErrorCode::io, "cannot read");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code() == ErrorCode::io);
  CHECK(bad.error().message() == "cannot read");
}

TEST_CASE("a result gives up what it owns") {
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(owned);
  CHECK(*taken == 3);
}

TEST_CASE("an error names its places outermost first") {
  const Error error = Error(ErrorCode::invalid_input, "expected a number")
                          .within("field \"answer\"")
                          .within("aime24.jsonl:17");
  CHECK(error.message() == "aime24.jsonl:17: field \"answer\": expected a number");
  CHECK(error.code() == ErrorCode::invalid_input);
}

TEST_CASE("success without a value is a result too") {
  const Result<void> done;
  CHECK(done);
  const Result<void> failed = Error(ErrorCode::disk_full, "no space");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ErrorCode::disk_full);
}
