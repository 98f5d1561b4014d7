#include "tasks/livecodebench/tests_field.h"

#include <doctest/doctest.h>

#include "tests/tasks/livecodebench/rows.h"

namespace proctor::tasks::livecodebench {
namespace {

using nlohmann::json;
using support::CodeRow;
using support::packed;
using support::tests_text;

Result<std::string> tests_in(const CodeRow& row) {
  return tests_of(json::parse(support::json_line(row)));
}

std::string message_of(const CodeRow& row) {
  const Result<std::string> tests = tests_in(row);
  return tests ? "" : tests.error().message();
}

}  // namespace

TEST_CASE("public tests come before private ones in canonical JSON") {
  const Result<std::string> tests = tests_in({
      .public_tests = tests_text({{"1 2\n", "3\n"}, {"", "\"0\"\t"}}),
      .private_tests = packed(tests_text({{"4 5\n", "9\n"}})),
  });
  REQUIRE(tests);
  CHECK(*tests == R"({"starter_code":"","tests":[{"input":"1 2\n","output":"3\n"},)"
                  R"({"input":"","output":"\"0\"\t"},{"input":"4 5\n","output":"9\n"}]})");
}

TEST_CASE("how private tests are packed leaves no trace in the result") {
  const std::string text = tests_text({{"1\n", "2\n"}, {"\xC3\xA9\n", "\xE2\x82\xAC\n"}});
  const Result<std::string> plain = tests_in({.private_tests = text});
  REQUIRE(plain);
  // Escaped as json.dumps escapes by default, and with spaces.
  const std::string escaped =
      R"([{"input": "1\n", "output": "2\n", "testtype": "stdin"}, )"
      R"({"testtype": "stdin", "output": "\u20ac\n", "input": "\u00e9\n"}])";
  for (const std::string& same : {escaped, packed(text, 2), packed(text, 3), packed(text, 4),
                                  packed(text, 5), packed(escaped)}) {
    const Result<std::string> tests = tests_in({.private_tests = same});
    REQUIRE(tests);
    CHECK(*tests == *plain);
  }
}

TEST_CASE("the function's name decides the mode whatever the tests say") {
  const std::string starter = "class Solution:\n    def f(self, n: int) -> int:\n        ";
  for (const char* type : {"functional", "stdin"}) {
    const Result<std::string> tests = tests_in({.starter = starter,
                                                .public_tests = tests_text({{"1", "2"}}, type),
                                                .private_tests = "[]",
                                                .metadata = R"({"func_name": "f"})"});
    REQUIRE(tests);
    CHECK(*tests == R"({"function":"f","starter_code":)" + json(starter).dump() +
                        R"(,"tests":[{"input":"1","output":"2"}]})");
  }
}

TEST_CASE("a row whose tests cannot be had in full is refused and the field is named") {
  struct Row {
    CodeRow row;
    const char* message;
  };
  const std::string kNone = tests_text({});
  const Row kRows[] = {
      {{.private_tests = "?"},
       "field \"private_test_cases\": not base64: column 2: the text ends within a group of four"},
      {{.private_tests = ""}, "field \"private_test_cases\": not a zlib stream: it ends too early"},
      {{.private_tests = support::base64("no zlib")},
       "field \"private_test_cases\": not a zlib stream: incorrect header check"},
      {{.private_tests = support::base64(support::deflate("no pickle"))},
       "field \"private_test_cases\": not a pickled text: byte 0: it does not begin with PROTO"},
      {{.private_tests = packed("no JSON")},
       "field \"private_test_cases\": the pickled text is not JSON"},
      {{.private_tests = packed("{}")}, "field \"private_test_cases\": not a list of tests"},
      {{.private_tests = "{}"}, "field \"private_test_cases\": not a list of tests"},
      {{.private_tests = "[1]"},
       "field \"private_test_cases\": test 0: no texts \"input\" and \"output\""},
      {{.private_tests = R"([{"input":"1","output":"2","testtype":"stdin"},{"input":"1"}])"},
       "field \"private_test_cases\": test 1: no texts \"input\" and \"output\""},
      {{.private_tests = R"([{"input":1,"output":"2","testtype":"stdin"}])"},
       "field \"private_test_cases\": test 0: no texts \"input\" and \"output\""},
      {{.private_tests = R"([{"input":"1","output":"2"}])"},
       "field \"private_test_cases\": test 0: \"testtype\" is neither \"stdin\" nor "
       "\"functional\""},
      {{.private_tests = tests_text({{"1", "2"}}, "interactive")},
       "field \"private_test_cases\": test 0: \"testtype\" is neither \"stdin\" nor "
       "\"functional\""},
      {{.public_tests = "[", .private_tests = kNone},
       "field \"public_test_cases\": not a list of tests"},
      {{.public_tests = packed(kNone)}, "field \"public_test_cases\": not a list of tests"},
      {{.public_tests = kNone, .private_tests = kNone},
       "field \"private_test_cases\": no test, here or in public"},
      {{.public_tests = kNone, .private_tests = packed(kNone)},
       "field \"private_test_cases\": no test, here or in public"},
      {{.metadata = "[]"}, "field \"metadata\": not the text of a JSON object"},
      {{.metadata = ""}, "field \"metadata\": not the text of a JSON object"},
      {{.metadata = R"({"func_name":""})"}, "field \"metadata\": \"func_name\" is not a name"},
      {{.metadata = R"({"func_name":7})"}, "field \"metadata\": \"func_name\" is not a name"},
      {{.metadata = R"({"func_name":"f"})"},
       "field \"starter_code\": empty, though a function is asked for"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    CHECK(message_of(row.row) == row.message);
  }
}

TEST_CASE("fields that hold no text are refused") {
  for (const char* field :
       {"public_test_cases", "private_test_cases", "starter_code", "metadata"}) {
    CAPTURE(field);
    json row = json::parse(support::json_line({}));
    row[field] = json::array({"text"});
    const Result<std::string> tests = tests_of(row);
    REQUIRE(!tests);
    CHECK(tests.error().message().starts_with("field \"" + std::string(field) + "\": "));
  }
}

TEST_CASE("tests nested without end are refused and do not overflow the stack") {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += '[';
  CHECK(message_of({.private_tests = packed(deep)}) ==
        "field \"private_test_cases\": the pickled text is not JSON");
  for (int i = 0; i < 1'000'000; ++i) deep += ']';
  CHECK(message_of({.private_tests = packed(deep)}) ==
        "field \"private_test_cases\": test 0: no texts \"input\" and \"output\"");
}

}  // namespace proctor::tasks::livecodebench
