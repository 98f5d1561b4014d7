// Every way in which a file can be wrong, and what its user reads.
#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/support/skip.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {

namespace fs = std::filesystem;
using support::lines;
using support::message_of;
using support::parse;
using support::rows;
using support::TempDir;

TEST_CASE("a bad row is named by file, line and field") {
  struct Row {
    const char* line_17;
    const char* message;
  };
  constexpr Row kRows[] = {
      {R"({"id":76,"problem":"p","answer":"","year":"2024"})",
       R"(field "answer": expected an integer from 0 to 999, found "")"},
      {R"({"id":76,"problem":"p","answer":"1000","year":"2024"})",
       R"(field "answer": expected an integer from 0 to 999, found "1000")"},
      {R"({"id":76,"problem":"p","answer":-3,"year":"2024"})",
       R"(field "answer": expected an integer from 0 to 999, found -3)"},
      {R"({"id":76,"problem":"p","answer":null,"year":"2024"})",
       R"(field "answer": expected an integer from 0 to 999, found null)"},
      {R"({"id":76,"problem":"p","year":"2024"})",
       R"(field "answer": missing from a row of HuggingFaceH4/aime_2024)"},
      {R"({"problem":"p","answer":"1","year":"2024"})",
       R"(field "id": missing from a row of HuggingFaceH4/aime_2024)"},
      {R"({"id":76,"problem":"p","answer":"1"})",
       R"(field "year": missing from a row of HuggingFaceH4/aime_2024)"},
      {R"({"id":76,"problem":"p","answer":"1","year":"2025"})",
       R"(field "year": expected text that begins with 2024, found "2025")"},
      {R"({"id":76,"problem":"","answer":"1","year":"2024"})",
       R"(field "problem": expected text, found "")"},
      {R"({"id":76,"problem":" \n","answer":"1","year":"2024"})",
       R"(field "problem": expected text, found " \n")"},
      {R"({"id":76,"problem":["p"],"answer":"1","year":"2024"})",
       R"(field "problem": expected text, found ["p"])"},
      {R"({"id":7.5,"problem":"p","answer":"1","year":"2024"})",
       R"(field "id": expected text or an integer, found 7.5)"},
      {R"({"id":"","problem":"p","answer":"1","year":"2024"})",
       R"(field "id": expected text or an integer, found "")"},
      {R"({"id":60,"problem":"p","answer":"1","year":"2024"})",
       R"(field "id": the same id as rows.jsonl:1, "60")"},
      {R"({"id":76,"problem":"What is 2 plus 2?","answer":"1","year":"2024"})",
       R"(field "problem": the same question as rows.jsonl:3)"},
      {R"({"id":76,"problem":"p","answer":"1","answer":"2","year":"2024"})",
       R"(field "answer": given twice)"},
      {R"({"id":76,"problem":"p","answer":"1","year":"2024")", "column 50: not JSON"},
      {R"({"id":76,,"problem":"p"})", "column 10: not JSON"},
      {R"({"id":76} {"id":77})", "column 11: not JSON"},
      {R"({"id":1e999})", "not JSON: a number is too large"},
      {"{\"id\":76,\"problem\":\"a\xFF\"}", "column 22: invalid UTF-8"},
      {"{\"id\":76,\"problem\":\"a\xC0\xAF\"}", "column 22: invalid UTF-8"},
      {"{\"id\":76,\"problem\":\"a\xED\xA0\x80\"}", "column 22: invalid UTF-8"},
      {"[1, 2]", "expected a JSON object, found [1,2]"},
      {"\"text\"", "expected a JSON object, found \"text\""},
      {R"({"prompt":"p","target":"1"})",
       "not a row of any known schema (HuggingFaceH4/aime_2024, Maxwell-Jia/AIME_2024)"},
      {R"({"ID":"2024-I-1","Problem":"p","Answer":1})",
       "a row of Maxwell-Jia/AIME_2024, but rows.jsonl:1 is one of HuggingFaceH4/aime_2024"},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.line_17);
    std::vector<std::string> all = rows(support::h4_row, 30);
    all[16] = row.line_17;
    const Result<Dataset> set = parse(dir, "aime24", lines(all));
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::invalid_input);
    CHECK(message_of(set, dir) == std::string("rows.jsonl:17: ") + row.message);
  }
}

TEST_CASE("a value that is nested so deep that handling it would end the stack is refused") {
  const TempDir dir;
  std::vector<std::string> all = rows(support::h4_row, 30);
  const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  all[2] = R"({"id":76,"problem":"p","year":"2024","answer":)" + deep + "}";
  CHECK(message_of(parse(dir, "aime24", lines(all)), dir) == "rows.jsonl:3: nested too deep");
}

TEST_CASE("a long value is cut in the message and stays printable") {
  const TempDir dir;
  std::vector<std::string> all = rows(support::math_ai_row, 30);
  all[0] = R"({"id":"0","problem":"p","answer":")" + std::string(500, 'x') + "\"}";
  CHECK(message_of(parse(dir, "aime25", lines(all)), dir) ==
        "rows.jsonl:1: field \"answer\": expected an integer from 0 to 999, found \"" +
            std::string(59, 'x') + "...");
}

TEST_CASE("attributes of MATH-500 must be there and say something") {
  struct Row {
    const char* line_2;
    const char* message;
  };
  constexpr Row kRows[] = {
      {R"({"problem":"p","answer":"1","subject":"","level":1,"unique_id":"u"})",
       R"(field "subject": expected text or an integer, found "")"},
      {R"({"problem":"p","answer":"1","subject":"Algebra","level":null,"unique_id":"u"})",
       R"(field "level": expected text or an integer, found null)"},
      {R"({"problem":"p","answer":"1","subject":"Algebra","unique_id":"u"})",
       R"(field "level": missing from a row of HuggingFaceH4/MATH-500)"},
      {R"({"problem":"p","answer":"","subject":"Algebra","level":1,"unique_id":"u"})",
       R"(field "answer": expected text, found "")"},
      {R"({"problem":"p","answer":5,"subject":"Algebra","level":1,"unique_id":"u"})",
       R"(field "answer": expected text, found 5)"},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.line_2);
    std::vector<std::string> all = rows(support::math500_row, 500);
    all[1] = row.line_2;
    CHECK(message_of(parse(dir, "math500", lines(all)), dir) ==
          std::string("rows.jsonl:2: ") + row.message);
  }
}

TEST_CASE("a set of another size is refused and the numbers are named") {
  const TempDir dir;
  CHECK(message_of(parse(dir, "aime24", lines(rows(support::h4_row, 29))), dir) ==
        "rows.jsonl: AIME 2024 has 30 questions, found 29; give all its files at once if it comes "
        "in several");
  CHECK(message_of(parse(dir, "aime24", lines(rows(support::h4_row, 31))), dir) ==
        "rows.jsonl: AIME 2024 has 30 questions, found 31");
}

TEST_CASE("empty lines are tolerated at the end and nowhere else") {
  const TempDir dir;
  std::vector<std::string> all = rows(support::h4_row, 30);
  all.insert(all.begin() + 6, {" ", ""});
  CHECK(message_of(parse(dir, "aime24", lines(all)), dir) ==
        "rows.jsonl:7: empty line between others");
  all = rows(support::h4_row, 30);
  all.insert(all.begin(), "");
  CHECK(message_of(parse(dir, "aime24", lines(all)), dir) ==
        "rows.jsonl:1: empty line between others");
}

TEST_CASE("a file that holds no rows says so") {
  const TempDir dir;
  for (const char* content : {"", "\n\n", "\xEF\xBB\xBF", " \r\n"}) {
    CHECK(message_of(parse(dir, "aime24", content), dir) == "rows.jsonl: empty file");
  }
}

TEST_CASE("a Parquet file is refused with the way to convert it") {
  const TempDir dir;
  CHECK(message_of(parse(dir, "aime24", "PAR1\x15\x04", "aime.parquet"), dir) ==
        "aime.parquet: a Parquet file; convert it to JSON Lines first, for example with Python: "
        "pandas.read_parquet(\"FILE.parquet\").to_json(\"FILE.jsonl\", orient=\"records\", "
        "lines=True)");
}

TEST_CASE("an error in the second of two files names the second") {
  const TempDir dir;
  const std::vector<fs::path> files = {dir.write("a.jsonl", lines(rows(support::h4_row, 15))),
                                       dir.write("b.jsonl", support::maxwell_jia_row(15))};
  CHECK(message_of(parse_dataset(support::task("aime24"), files, dir.path()), dir) ==
        "b.jsonl:1: a row of Maxwell-Jia/AIME_2024, but a.jsonl:1 is one of "
        "HuggingFaceH4/aime_2024");
  const std::vector<fs::path> twice = {files.front(), files.front()};
  CHECK(message_of(parse_dataset(support::task("aime24"), twice, dir.path()), dir) ==
        "a.jsonl:1: field \"id\": the same id as a.jsonl:1, \"60\"");
}

TEST_CASE("a path that cannot be read says why") {
  const TempDir dir;
  struct Row {
    fs::path file;
    ErrorCode code;
    const char* message;
  };
  const Row kRows[] = {
      {dir / "absent.jsonl", ErrorCode::not_found,
       "absent.jsonl: cannot open: No such file or directory"},
      {dir.path(), ErrorCode::invalid_input, "cannot read: Is a directory"},
      {"/proc/self/mem", ErrorCode::io, "/proc/self/mem: cannot read: Input/output error"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    const Result<Dataset> set =
        parse_dataset(support::task("aime24"), std::span(&row.file, 1), dir.path());
    REQUIRE(!set);
    CHECK(set.error().code() == row.code);
    CHECK(message_of(set, dir).ends_with(row.message));
  }
  CHECK(message_of(parse_dataset(support::task("aime24"), {}, dir.path()), dir) ==
        "no file to import");
}

TEST_CASE("a file without read permission is an io error") {
  if (::geteuid() == 0) SKIP("needs a user whom permissions bind: this is root");
  const TempDir dir;
  const fs::path file = dir.write("locked.jsonl", lines(rows(support::h4_row, 30)));
  fs::permissions(file, fs::perms::none);
  const Result<Dataset> set =
      parse_dataset(support::task("aime24"), std::span(&file, 1), dir.path());
  REQUIRE(!set);
  CHECK(set.error().code() == ErrorCode::io);
  CHECK(message_of(set, dir) == "locked.jsonl: cannot open: Permission denied");
}

}  // namespace proctor::tasks
