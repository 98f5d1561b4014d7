#include "graders/grader.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

TEST_CASE("every listed grader can be made and has a versioned id") {
  for (const std::string_view name : grader_names()) {
    CAPTURE(std::string(name));
    const Result<std::unique_ptr<Grader>> grader = make_grader(name, {});
    REQUIRE(grader);
    CHECK((*grader)->id().find('@') != std::string_view::npos);
  }
  CHECK((*make_grader("integer", {}))->id() == "integer@1");
  CHECK((*make_grader("math", {}))->id() == "math-answer@1");
}

TEST_CASE("an unknown grader is an error that lists the known ones") {
  const Result<std::unique_ptr<Grader>> grader = make_grader("maths", {});
  REQUIRE_FALSE(grader);
  CHECK(grader.error().code() == ErrorCode::not_found);
  CHECK(grader.error().message().find("\"maths\"") != std::string::npos);
  CHECK(grader.error().message().find("integer, math") != std::string::npos);
}

}  // namespace
}  // namespace proctor::graders
