#include "harness/files/json_text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace proctor::harness {
namespace {

TEST_CASE("a value is one line for programs and several for people") {
  const nlohmann::json by_name = {{"b", 1}, {"a", {true, nullptr}}};
  CHECK(compact_json(by_name) == R"({"a":[true,null],"b":1})");
  CHECK(indented_json(by_name) == "{\n  \"a\": [\n    true,\n    null\n  ],\n  \"b\": 1\n}\n");
  const nlohmann::ordered_json as_given = {{"b", 1}, {"a", 2}};
  CHECK(compact_json(as_given) == R"({"b":1,"a":2})");
  CHECK(indented_json(as_given) == "{\n  \"b\": 1,\n  \"a\": 2\n}\n");
}

TEST_CASE("bytes that are no text are replaced and text stays as it is") {
  CHECK(compact_json(nlohmann::json("\xE2\x88")) == "\"\xEF\xBF\xBD\"");
  CHECK(compact_json(nlohmann::json("√2\n")) == R"("√2\n")");
}

}  // namespace
}  // namespace proctor::harness
