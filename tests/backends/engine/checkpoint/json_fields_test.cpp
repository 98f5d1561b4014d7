#include "backends/engine/checkpoint/json_fields.h"

#include <doctest/doctest.h>

using namespace proctor;
using namespace proctor::engine;

TEST_CASE("a text is a JSON object or it is refused with its fault") {
  struct Row {
    const char* text;
    const char* complaint;  // empty when it is accepted
  };
  constexpr Row kRows[] = {
      {"{}", ""},
      {R"({"a":{"x":1},"b":{"x":1}})", ""},
      {R"([{"x":1}])", "expected an object"},
      {"", "not JSON at byte"},
      {"null", "expected an object, found null"},
      {R"({"a":1,})", "not JSON at byte"},
      {R"({"a":1e999})", "not JSON at byte"},
      {R"({"a":NaN})", "not JSON at byte"},
      {R"({"a":[{"x":1,"x":2}]})", "names \"x\" twice"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Result<JsonFields> fields = JsonFields::parse(row.text);
    const std::string message = fields ? "" : fields.error().message();
    CAPTURE(message);
    CHECK(message.empty() == (*row.complaint == '\0'));
    CHECK(message.find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("the first wrong field is the one that is reported") {
  Result<JsonFields> fields = JsonFields::parse(R"({"n":12,"t":"text","nothing":null,"l":[1,2]})");
  REQUIRE(fields);
  CHECK(fields->integer("n", 0, 100) == 12);
  CHECK(fields->number("n", 0, 100) == 12.0);
  CHECK(fields->text("t") == "text");
  CHECK(fields->integers("l") == std::vector<std::int64_t>{1, 2});
  CHECK(fields->integer_or_integers("n", 0, 12) == std::vector<std::int64_t>{12});
  CHECK(!fields->has("nothing"));
  CHECK(fields->has("n"));
  CHECK(!fields->integer("nothing", 0, 1));
  CHECK(!fields->integer("absent", 0, 1));
  CHECK(fields->finish());
  CHECK(!fields->integer("n", 0, 11));
  CHECK(!fields->boolean("t"));
  const Result<void> read = fields->finish();
  REQUIRE(!read);
  CHECK(read.error().message() == "field \"n\": expected an integer of 0 to 11, found 12");
}
