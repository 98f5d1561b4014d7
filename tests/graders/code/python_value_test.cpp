#include "graders/code/python_value.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::code {
namespace {

bool same(const std::string& left, const std::string& right) {
  const Result<PythonValue> a = parse_python_value(left);
  const Result<PythonValue> b = parse_python_value(right);
  REQUIRE(a);
  REQUIRE(b);
  return python_equal(*a, *b);
}

TEST_CASE("values are equal as Python finds them equal") {
  const std::string huge = "1" + std::string(400, '0');
  struct Row {
    std::string left;
    std::string right;
    bool equal;
  };
  const Row rows[] = {
      {"10", "10.0", true},
      {"10", "1e1", true},
      {"10", "\"10\"", false},
      {"10", "[10]", false},
      {"true", "1", true},
      {"true", "1.0", true},
      {"false", "-0.0", true},
      {"true", "2", false},
      {"true", "\"true\"", false},
      {"null", "null", true},
      {"null", "0", false},
      {"null", "false", false},
      {"null", "[]", false},
      {"0", "-0", true},
      {"0.1", "0.1000000000000000055511151231257827", true},  // the same double
      {"0.1", "0.10000000000000002", false},
      {"9007199254740993", "9007199254740992.0", false},  // 2^53 + 1 is not rounded
      {"9007199254740992", "9007199254740992.0", true},
      {"100000000000000000000000", "1e23", false},  // the double is 99999999999999991611392
      {"99999999999999991611392", "1e23", true},
      {huge, huge, true},
      {huge, huge.substr(0, 400) + "1", false},
      {huge, "1e400", false},  // a float without end
      {"Infinity", "1e400", true},
      {"Infinity", "-Infinity", false},
      {"NaN", "NaN", false},
      {"[1, [2, 3]]", "[1.0,[2,true]]", false},
      {"[1, [2, 1]]", " [1.0,\n[2,true] ] ", true},
      {"[1, 2]", "[2, 1]", false},
      {"[1, 2]", "[1]", false},
      {"[]", "{}", false},
      {R"({"a": 1, "b": 2})", R"({"b": 2.0, "a": true})", true},
      {R"({"a": 1})", R"({"a": 1, "b": 2})", false},
      {R"({"a": 1, "a": 2})", R"({"a": 2})", true},
      {R"("é")", R"("\u00e9")", true},
      {R"("😀")", R"("\ud83d\ude00")", true},
      {R"("\ud83d")", R"("\ud83d")", true},
      {R"("\ud83d\u0041")", R"("\ud83dA")", true},
      {R"("\n")", R"("\u000A")", true},
      {R"("a")", R"("A")", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    CHECK(same(row.left, row.right) == row.equal);
    CHECK(same(row.right, row.left) == row.equal);
  }
}

TEST_CASE("what is not JSON is an error that says where") {
  for (const char* text :
       {"",       " ",   "tru",     "01",    "1.",  ".5",      "+1",        "1e",
        "[1,]",   "[1",  "{\"a\"}", "{a:1}", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\\u\"",
        "\"\n\"", "1 2", "nan",     "'a'",   "\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_python_value(text));
  }
  CHECK(parse_python_value("[1,]").error().message() == "not JSON from byte 3");
}

TEST_CASE("nesting is read to a depth of 500 and no further") {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(same(nested(500), nested(500)));
  CHECK_FALSE(same(nested(500), nested(499)));
  CHECK_FALSE(parse_python_value(nested(502)));
  CHECK_FALSE(parse_python_value(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace proctor::graders::code
