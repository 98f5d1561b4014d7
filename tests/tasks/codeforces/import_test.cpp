#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/skip.h"
#include "tests/tasks/codeforces/rows.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using support::contest_row;
using support::generated_test;
using support::message_of;
using support::other_contest_row;
using support::TempDir;

const Task& the_task() { return support::task("codeforces"); }

std::string lines_of(const std::vector<json>& rows) {
  std::string lines;
  for (const json& row : rows) lines += row.dump() + "\n";
  return lines;
}

Result<Dataset> import_rows(const TempDir& dir, const std::vector<json>& rows) {
  return support::parse(dir, "codeforces", lines_of(rows));
}

std::string attribute_of(const Question& question, std::string_view name) {
  for (const auto& [attribute, value] : question.attributes) {
    if (attribute == name) return value;
  }
  return "";
}

json tests_of(const TempDir& dir, const Question& question) {
  const Result<std::string> tests = load_tests(dir.path(), the_task(), question);
  REQUIRE(tests);
  return json::parse(*tests);
}

}  // namespace

TEST_CASE("a problem becomes a statement with attributes and tests that name its terms") {
  const TempDir dir;
  const Result<Dataset> set = import_rows(dir, {contest_row(), other_contest_row()});
  REQUIRE(set);
  CHECK(set->schema == "open-r1/codeforces");
  REQUIRE(set->questions.size() == 2);
  const Question& question = set->questions[0];
  CHECK(question.id == "7/A");
  CHECK(question.text ==
        "# Two Sums\n\n"
        "Time limit: 1.5 s per test. Memory limit: 256 MB. Input: standard input. Output: standard "
        "output.\n\n"
        "Add $a$ and $b$.\n\n"
        "## Input\n\nTwo integers.\n\n"
        "## Output\n\nTheir sum.\n\n"
        "## Examples\n\nInput:\n```\n1 2\n```\n\nOutput:\n```\n3\n```\n\n"
        "## Note\n\nMind the sign.");
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  CHECK(question.attributes == Attributes{{"aliases", "8/C"},
                                          {"contest_id", "7"},
                                          {"index", "A"},
                                          {"rating", "800"},
                                          {"tags", "math, *special"},
                                          {"year", "2025"}});
  const Result<std::string> tests = load_tests(dir.path(), the_task(), question);
  REQUIRE(tests);
  CHECK(*tests == R"({"checker":"open-r1","memory_limit_mb":256.0,"time_limit_s":1.5,"tests":)"
                  R"([{"input":"1 2\n","output":"3\n"},{"input":"5 6\n","output":"11\n"}]})");
  REQUIRE(save_dataset(dir.path(), *set));
  const Result<Dataset> loaded = load_dataset(dir.path(), the_task());
  REQUIRE(loaded);
  CHECK(loaded->questions == set->questions);
  CHECK(verify_tests(dir.path(), the_task(), *loaded));
}

TEST_CASE("files and checkers and interactors go with the tests") {
  const TempDir dir;
  json files = contest_row();
  files.update({{"input_mode", "file"}, {"generated_checker", "print(1)"}});
  json interactive = other_contest_row();
  interactive.update({{"executable", false},
                      {"interaction_format", "Ask."},
                      {"checker", "testlib:wcmp"},
                      {"interactor", {{"language", "cpp17"}, {"code", "int main() {}"}}}});
  const Result<Dataset> set = import_rows(dir, {files, interactive});
  REQUIRE(set);
  CHECK(set->questions[0].text.find("Input: the file input.txt. Output: the file output.txt.") !=
        std::string::npos);
  CHECK(set->questions[1].text.find("## Interaction\n\nAsk.") != std::string::npos);
  const json first = tests_of(dir, set->questions[0]);
  CHECK(first["input_file"] == "input.txt");
  CHECK(first["output_file"] == "output.txt");
  CHECK(first["checker"] ==
        json{{"language", "python3"}, {"code", "print(1)"}, {"convention", "open-r1"}});
  const json second = tests_of(dir, set->questions[1]);
  CHECK(second["checker"] == "testlib:wcmp");
  CHECK(second["interactor"]["language"] == "cpp17");
  CHECK_FALSE(second.contains("input_file"));
  CHECK(gaps_in(*set).empty());
}

TEST_CASE("generated tests lie beside and follow the official ones by number") {
  const TempDir dir;
  json row = contest_row();
  row.update({{"official_tests_complete", false}, {"generated_tests", 2}});
  const fs::path problems = dir.write("test.jsonl", lines_of({row, other_contest_row()}));
  const fs::path generated = dir.write(
      "test_cases_0007.jsonl", "\xEF\xBB\xBF" + lines_of({generated_test("7/A", 1, "7 8\n", "15\n"),
                                                          generated_test("7/A", 0, "8 9\n", "17\n"),
                                                          generated_test("6/Z", 0, "", "")}));
  // Which file comes first makes no difference.
  for (const std::vector<fs::path>& files :
       {std::vector<fs::path>{problems, generated}, std::vector<fs::path>{generated, problems}}) {
    const Result<Dataset> set = parse_dataset(the_task(), files, dir.path());
    REQUIRE(set);
    CHECK(set->source == "test.jsonl and 1 beside");
    REQUIRE(set->questions.size() == 2);
    const json tests = tests_of(dir, set->questions[0])["tests"];
    REQUIRE(tests.size() == 4);
    CHECK(tests[1]["output"] == "11\n");
    CHECK(tests[2]["output"] == "17\n");
    CHECK(tests[3]["output"] == "15\n");
    CHECK(tests_of(dir, set->questions[1])["tests"].size() == 2);
    CHECK(attribute_of(set->questions[0], "tests").empty());
  }
  const Result<Dataset> alone = parse_dataset(the_task(), std::span(&problems, 1), dir.path());
  REQUIRE(alone);
  CHECK(attribute_of(alone->questions[0], "tests") == "incomplete");
  CHECK(gaps_in(*alone) == "1 with incomplete tests (7/A)");
  const Result<Dataset> none = parse_dataset(the_task(), std::span(&generated, 1), dir.path());
  REQUIRE(!none);
  CHECK(none.error().message() == "no file with questions, only rows that belong to some");
}

TEST_CASE("a damaged row among the generated tests is named with its place") {
  const TempDir dir;
  const fs::path problems = dir.write("test.jsonl", lines_of({contest_row()}));
  const std::string good = generated_test("7/A", 0, "8 9\n", "17\n").dump() + "\n";
  struct Row {
    std::string line;
    const char* message;
  };
  const Row rows[] = {
      {"torn", "beside.jsonl:2: column 2: not JSON"},
      {R"({"problem_id":"7/A","input":"1"})", "beside.jsonl:2: field \"output\": missing"},
      {R"({"problem_id":7,"input":"1","output":"2"})",
       "beside.jsonl:2: field \"problem_id\": expected text, found 7"},
      {R"({"problem_id":"7/A","input":1,"output":"2"})",
       "test.jsonl:1: generated tests: a test without texts \"input\" and \"output\""},
  };
  for (const Row& row : rows) {
    const std::vector<fs::path> files = {problems, dir.write("beside.jsonl", good + row.line)};
    CHECK(message_of(parse_dataset(the_task(), files, dir.path()), dir) == row.message);
  }
}

TEST_CASE("what nobody can judge is imported and left out of runs in so many words") {
  const TempDir dir;
  const auto problem = [](const char* id, const json& change) {
    json row = contest_row();
    row["id"] = id;
    row.update(change);
    return row;
  };
  const Result<Dataset> set = import_rows(
      dir, {problem("7/A", json::object()),
            problem("7/B", {{"executable", false}, {"interaction_format", "x"}}),
            problem("7/C", {{"executable", false}, {"interaction_format", "x"}}),
            problem("7/D", {{"official_tests", json::array()}}),
            problem("7/E", {{"time_limit", nullptr}}), problem("7/F", {{"executable", false}}),
            problem("7/G", {{"official_tests_complete", false}})});
  REQUIRE(set);
  CHECK(gaps_in(*set) ==
        "not gradeable: 2 interactive without an interactor (7/B, 7/C), 1 not executable (7/F), 1 "
        "without limits (7/E), 1 without tests (7/D); 1 with incomplete tests (7/G)");
  Dataset left = *set;
  REQUIRE(leave_out_ungradeable(left));
  CHECK(left.questions.size() == 2);
  CHECK(left.questions[0].id == "7/A");
  CHECK(left.questions[1].id == "7/G");
  CHECK(left.hash != set->hash);
  CHECK(left.selection == gaps_in(*set));
  // Once more changes nothing more.
  Dataset again = left;
  again.selection.clear();
  REQUIRE(leave_out_ungradeable(again));
  CHECK(again.hash == left.hash);
  CHECK(again.selection == "1 with incomplete tests (7/G)");

  Dataset none = *set;
  none.questions = {none.questions[1]};
  const Result<void> refused = leave_out_ungradeable(none);
  REQUIRE(!refused);
  CHECK(refused.error().message().find("no question is left") != std::string::npos);
}

TEST_CASE("rows as pandas writes them and problems under two ids are let pass") {
  const TempDir dir;
  json row = contest_row();
  row.update({{"rating", 800.0}, {"contest_start_year", 2025.0}, {"note", ""}, {"tags", nullptr}});
  json unrated = contest_row();
  unrated.update({{"id", "8/C"}, {"rating", nullptr}, {"description", nullptr}});
  json same = contest_row();
  same["id"] = "9/A";
  const Result<Dataset> set = import_rows(dir, {row, unrated, same});
  REQUIRE(set);
  CHECK(attribute_of(set->questions[0], "rating") == "800");
  CHECK(attribute_of(set->questions[0], "year") == "2025");
  CHECK(attribute_of(set->questions[0], "tags").empty());
  CHECK(attribute_of(set->questions[1], "rating").empty());
}

TEST_CASE("a row that does not fit is refused with its place and field") {
  struct Row {
    json change;
    const char* message;
  };
  const Row rows[] = {
      {{{"time_limit", "2 s"}},
       "field \"time_limit\": expected a number over 0 and at most 3600, found \"2 s\""},
      {{{"time_limit", 0}},
       "field \"time_limit\": expected a number over 0 and at most 3600, found 0"},
      {{{"memory_limit", -1}},
       "field \"memory_limit\": expected a number over 0 and at most 1048576, found -1"},
      {{{"input_mode", "pipe"}}, "field \"input_mode\": expected stdio or file, found \"pipe\""},
      {{{"rating", 800.5}}, "field \"rating\": expected a whole number, found 800.5"},
      {{{"tags", "math"}}, "field \"tags\": expected a list, found \"math\""},
      {{{"tags", {1}}}, "field \"tags\": expected text, found 1"},
      {{{"executable", "yes"}}, "field \"executable\": expected true or false, found \"yes\""},
      {{{"title", ""}}, "field \"title\": expected text, found \"\""},
      {{{"examples", {1}}},
       "field \"examples\": expected objects with \"input\" and \"output\", found 1"},
      {{{"official_tests", "none"}}, "field \"official_tests\": expected a list, found \"none\""},
      {{{"official_tests", {{{"input", "1"}}}}},
       "field \"official_tests\": a test without texts \"input\" and \"output\""},
      {{{"generated_checker", 1}}, "field \"generated_checker\": expected text, found 1"},
      {{{"checker", 1}}, "field \"checker\": neither a name nor {\"language\", \"code\"}"},
      {{{"interactor", "x"}}, "field \"interactor\": not {\"language\", \"code\"}"},
  };
  for (const Row& row : rows) {
    const TempDir dir;
    json changed = contest_row();
    changed.update(row.change);
    const Result<Dataset> set = import_rows(dir, {changed});
    CHECK(message_of(set, dir) == "rows.jsonl:1: " + std::string(row.message));
  }
}

TEST_CASE("the synthetic contests are imported with all their tests") {
  if (support::shared_data().empty()) SKIP("needs contests: shared/data is missing");
  const fs::path synthetic = support::shared_data() / "codeforces" / "synthetic";
  const TempDir dir;
  const std::vector<fs::path> files = {synthetic / "test.jsonl",
                                       synthetic / "generated_tests" / "test_cases_99001.jsonl"};
  const Result<Dataset> set = parse_dataset(the_task(), files, dir.path());
  REQUIRE(set);
  CHECK(set->questions.size() == 11);
  CHECK(gaps_in(*set) == "not gradeable: 1 interactive without an interactor (99002/E)");
  std::size_t tests = 0;
  for (const Question& question : set->questions) tests += tests_of(dir, question)["tests"].size();
  CHECK(tests == 6 + 6 + 6 + 13 + 18 + 10 + 9 + 14 + 13 + 10);
}

}  // namespace proctor::tasks
