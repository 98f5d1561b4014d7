#include "tasks/csv.h"

#include <doctest/doctest.h>

#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

using Records = std::vector<std::vector<std::string>>;

// All records of a text, or the message of the first error.
std::pair<Records, std::string> read(std::string text) {
  CsvReader reader("a.csv", std::move(text));
  Records records;
  while (true) {
    const Result<std::optional<CsvRecord>> record = reader.next();
    if (!record) {
      CHECK(record.error().code() == ErrorCode::invalid_input);
      return {records, record.error().message()};
    }
    if (!*record) return {records, ""};
    records.push_back((*record)->fields);
  }
}

}  // namespace

TEST_CASE("comma-separated values are read as RFC 4180 has them") {
  struct Row {
    const char* text;
    Records records;
  };
  const Row kRows[] = {
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"\xEF\xBB\xBF"
       "a\n",
       {{"a"}}},
      {"a\n\n\r\n", {{"a"}}},
      {"\"a\",\"b\"\n", {{"a", "b"}}},
      {"\"a,b\",c\n", {{"a,b", "c"}}},
      {"\"a \"\"b\"\"\",c\n", {{"a \"b\"", "c"}}},
      {"\"\"\"\"\n", {{"\""}}},
      {"\"one\ntwo\r\nthree\",c\n", {{"one\ntwo\r\nthree", "c"}}},
      {"\"\",\n", {{"", ""}}},
      {",\n", {{"", ""}}},
      {",,x\n", {{"", "", "x"}}},
      {" a , b \n", {{" a ", " b "}}},
      {"a\rb,c\n", {{"a\rb", "c"}}},
      {"π⁰ → γ,\"½\"\n", {{"π⁰ → γ", "½"}}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const auto [records, message] = read(row.text);
    CHECK(message == "");
    CHECK(records == row.records);
  }
}

TEST_CASE("odd comma-separated values are errors with their line") {
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"", "a.csv: empty file"},
      {"\n\n", "a.csv: empty file"},
      {"a\n\"b\nc", "a.csv:2: a quote that is never closed"},
      {"a\n\"b\"\"", "a.csv:2: a quote that is never closed"},
      {"a\n\"one\ntwo\"x,c\n", "a.csv:3: text after a closing quote"},
      {"a\nb\"c\n", "a.csv:2: a quote in a field that does not begin with one"},
      {"a\n\nb\n", "a.csv:2: empty line between others"},
      {"a\n\"x\ny\",b\xFF\n", "a.csv:2: invalid UTF-8 in field 2"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(read(row.text).second == row.message);
  }
}

TEST_CASE("a record is placed at the line on which it begins") {
  CsvReader reader("a.csv", "a\n\"one\ntwo\"\nb\n");
  for (const char* place : {"a.csv:1", "a.csv:2", "a.csv:4"}) {
    const Result<std::optional<CsvRecord>> record = reader.next();
    REQUIRE(record);
    REQUIRE(record->has_value());
    CHECK((*record)->place == place);
  }
}

TEST_CASE("a benchmark is imported from comma-separated values by the same schemas") {
  const support::TempDir dir;
  std::string rows = "ID,Answer,\"Problem\"\n";
  for (int i = 1; i <= 30; ++i) {
    const std::string number = std::to_string(i);
    rows += "2024-I-" + number + "," + number + ",\"What is\n" + number + ", written out?\"\n";
  }
  const Result<Dataset> set = support::parse(dir, "aime24", rows, "rows.CSV");
  REQUIRE(set);
  CHECK(set->schema == "Maxwell-Jia/AIME_2024");
  CHECK(set->questions[1].text == "What is\n2, written out?");
  CHECK(set->questions[1].gold == "2");
}

TEST_CASE("a table with damaged columns is refused with its place") {
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"ID,Problem,Answer\n", "rows.csv: no row below the columns' names"},
      {"ID,Problem,ID\n1,p,2\n", "rows.csv:1: two columns are named \"ID\""},
      {"ID,Problem,Answer\n2024-1,p\n", "rows.csv:2: expected 3 fields, found 2"},
      {"ID,Problem,Answer\n2024-1,\"p\nq\",1\n2024-2,r,1,x\n",
       "rows.csv:4: expected 3 fields, found 4"},
      {"ID,Problem,Answer\n2024-1,p,x\n",
       "rows.csv:2: field \"Answer\": expected an integer from 0 to 999, found \"x\""},
      {"ID,Problem\n2024-1,p\n",
       "rows.csv:2: field \"Answer\": missing from a row of Maxwell-Jia/AIME_2024"},
  };
  const support::TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Result<Dataset> set = support::parse(dir, "aime24", row.text, "rows.csv");
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::invalid_input);
    CHECK(support::message_of(set, dir) == row.message);
  }
}

}  // namespace proctor::tasks
