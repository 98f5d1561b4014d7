#include <doctest/doctest.h>

#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {

using support::lines;
using support::parse;
using support::rows;
using support::TempDir;

TEST_CASE("a file is recognised by its fields, whichever copy of the benchmark it is") {
  struct Row {
    const char* task;
    std::string (*row)(std::size_t);
    const char* schema;
    const char* id_of_row_9;
  };
  constexpr Row kRows[] = {
      {"aime24", support::h4_row, "HuggingFaceH4/aime_2024", "69"},
      {"aime24", support::maxwell_jia_row, "Maxwell-Jia/AIME_2024", "2024-I-10"},
      {"aime25", support::yentinglin_row, "yentinglin/aime_2025", "9"},
      {"aime25", support::math_ai_row, "math-ai/aime25", "9"},
      {"aime25", support::opencompass_row, "opencompass/AIME2025", "9"},
      {"math500", support::math500_row, "HuggingFaceH4/MATH-500", "test/sums/9.json"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.schema);
    const TempDir dir;
    const std::size_t count = support::task(row.task).questions;
    const Result<Dataset> set = parse(dir, row.task, lines(rows(row.row, count)));
    CHECK(support::message_of(set, dir) == "");
    REQUIRE(set);
    CHECK(set->task == row.task);
    CHECK(set->schema == row.schema);
    CHECK(set->source == "rows.jsonl");
    REQUIRE(set->questions.size() == count);
    const Question& question = set->questions[9];
    CHECK(question.id == row.id_of_row_9);
    CHECK(question.text == "What is 9 plus 9?");
    const bool latex = std::string_view(row.task) == "math500";
    CHECK(question.gold == (latex ? "\\frac{18}{1}" : "18"));
    using Attributes = std::vector<std::pair<std::string, std::string>>;
    CHECK(question.attributes ==
          (latex ? Attributes{{"level", "5"}, {"subject", "Algebra"}} : Attributes{}));
  }
}

TEST_CASE("several files are joined in the order given and rows without an id are numbered on") {
  const TempDir dir;
  const std::vector<std::string> all = rows(support::opencompass_row, 30);
  const std::vector<std::filesystem::path> files = {
      dir.write("I.jsonl", lines({all.begin(), all.begin() + 15})),
      dir.write("II.jsonl", lines({all.begin() + 15, all.end()}))};
  const Result<Dataset> set = parse_dataset(support::task("aime25"), files, dir.path());
  REQUIRE(set);
  CHECK(set->source == "I.jsonl, II.jsonl");
  REQUIRE(set->questions.size() == 30);
  for (std::size_t i = 0; i < 30; ++i) CHECK(set->questions[i].id == std::to_string(i));
  CHECK(set->questions[29].gold == "58");

  const Result<Dataset> whole = parse(dir, "aime25", lines(all));
  REQUIRE(whole);
  CHECK(set->hash == whole->hash);
}

TEST_CASE("formatting of the file does not reach the hash, but content and order do") {
  const TempDir dir;
  std::vector<std::string> plain = rows(support::h4_row, 30);
  const Result<Dataset> set = parse(dir, "aime24", lines(plain));
  REQUIRE(set);
  const std::string same[] = {
      lines(plain, "\r\n"),
      lines(plain, "  \t\n"),
      "\xEF\xBB\xBF" + lines(plain),
      lines(plain) + "\n\n \r\n",
      lines(plain).substr(0, lines(plain).size() - 1),
      // Reordered keys, other spacing, an escaped letter and an answer without zeros.
      R"({"year":2024,"answer":0,"problem":"\u0057hat is 0 plus 0?","id":"60"})"
      "\n" +
          lines({plain.begin() + 1, plain.end()}),
  };
  for (const std::string& content : same) {
    const Result<Dataset> other = parse(dir, "aime24", content);
    CHECK(support::message_of(other, dir) == "");
    REQUIRE(other);
    CHECK(other->hash == set->hash);
    CHECK(other->questions == set->questions);
  }

  std::swap(plain[3], plain[4]);
  const Result<Dataset> reordered = parse(dir, "aime24", lines(plain));
  REQUIRE(reordered);
  CHECK(reordered->hash != set->hash);
}

TEST_CASE("AIME answers are read as integers and as nothing else") {
  struct Row {
    const char* json;
    const char* gold;  // null: refused
  };
  constexpr Row kRows[] = {
      {"25", "25"},
      {"\"25\"", "25"},
      {"\"025\"", "25"},
      {"\"000\"", "0"},
      {"0", "0"},
      {"999", "999"},
      {"\"00000999\"", "999"},
      {"\"$25$\"", "25"},
      {R"("336^\\circ")", "336"},
      {R"("$336^\\circ$")", "336"},
      {R"("336^{\\circ}")", "336"},
      {"\"\"", nullptr},
      {"\" 25\"", nullptr},
      {"\"25.0\"", nullptr},
      {"25.0", nullptr},
      {"1e2", nullptr},
      {"\"-1\"", nullptr},
      {"-1", nullptr},
      {"\"+1\"", nullptr},
      {"1000", nullptr},
      {"\"1000\"", nullptr},
      {"18446744073709551616", nullptr},
      {"\"$25\"", nullptr},
      {"\"$\"", nullptr},
      {"\"$$\"", nullptr},
      {R"("^\\circ")", nullptr},
      {"\"0x19\"", nullptr},
      {"\"\xD9\xA2\xD9\xA5\"", nullptr},  // 25 in Arabic-Indic digits
      {"\"25 or 26\"", nullptr},
      {"null", nullptr},
      {"true", nullptr},
      {"[25]", nullptr},
      {"{}", nullptr},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.json);
    std::vector<std::string> all = rows(support::math_ai_row, 30);
    all[0] = R"({"id":"0","problem":"What?","answer":)" + std::string(row.json) + "}";
    const Result<Dataset> set = parse(dir, "aime25", lines(all));
    REQUIRE(static_cast<bool>(set) == (row.gold != nullptr));
    if (row.gold != nullptr) CHECK(set->questions.front().gold == row.gold);
    if (row.gold == nullptr) {
      CHECK(support::message_of(set, dir).starts_with(
          "rows.jsonl:1: field \"answer\": expected an integer from 0 to 999, found "));
    }
  }
}

TEST_CASE("a MATH-500 answer is kept byte for byte") {
  const TempDir dir;
  std::vector<std::string> all = rows(support::math500_row, 500);
  all[7] =
      R"({"problem":"p","answer":" 025.0 \\text{\u00bd}","subject":"Algebra","level":"Level ?",)"
      R"("unique_id":"x"})";
  const Result<Dataset> set = parse(dir, "math500", lines(all));
  REQUIRE(set);
  CHECK(set->questions[7].gold == " 025.0 \\text{\xC2\xBD}");
  CHECK(set->questions[7].attributes.front().second == "Level ?");
}

}  // namespace proctor::tasks
