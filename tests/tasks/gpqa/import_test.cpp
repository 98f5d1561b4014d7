// Multiple choices in GPQA's columns: questions of our own here, and the synthetic file of the
// developers' checkout.
#include <doctest/doctest.h>

#include <set>

#include "tests/support/skip.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

using support::message_of;
using support::parse;
using support::TempDir;

constexpr const char* kHeader =
    "Explanation,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer "
    "3,Record ID,High-level domain,Subdomain\n";

std::string attribute(const Question& question, std::string_view wanted) {
  for (const auto& [name, value] : question.attributes) {
    if (name == wanted) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a row in GPQA's columns becomes a question with its options") {
  const TempDir dir;
  const std::string rows =
      std::string(kHeader) +
      "why,\"Which is \"\"noble\"\",\nof these? \n\",neon,iron,\"copper\n\",  "
      "zinc,rec1,Chemistry,\n"
      ",And which is a liquid?,mercury,iron,copper,zinc,rec2,Chemistry,Inorganic\n";
  const Result<Dataset> set = parse(dir, "gpqa", rows, "gpqa.csv");
  REQUIRE(set);
  CHECK(set->schema == "Idavidrein/gpqa");
  CHECK(set->release.empty());
  REQUIRE(set->questions.size() == 2);
  CHECK(set->questions[0] == Question{.id = "rec1",
                                      .text = "Which is \"noble\",\nof these?",
                                      .gold = "A",
                                      .attributes = {{"High-level domain", "Chemistry"},
                                                     {"option 1", "neon"},
                                                     {"option 2", "iron"},
                                                     {"option 3", "copper"},
                                                     {"option 4", "zinc"},
                                                     {"place", "1 of 2"}}});
  CHECK(attribute(set->questions[1], "place") == "2 of 2");
  CHECK(attribute(set->questions[1], "Subdomain") == "Inorganic");
  CHECK(options_of(set->questions[0]) ==
        std::vector<std::string_view>{"neon", "iron", "copper", "zinc"});

  REQUIRE(save_dataset(dir.path(), *set));
  const Result<Dataset> loaded = load_dataset(dir.path(), support::task("gpqa"));
  REQUIRE(loaded);
  CHECK(loaded->questions == set->questions);
  CHECK(loaded->hash == set->hash);
}

TEST_CASE("a bad row of GPQA is named by file, line and field") {
  struct Row {
    const char* row;
    const char* message;
  };
  constexpr Row kRows[] = {
      {",Q?,a,b,c,,rec9,P,S\n",
       "field \"Incorrect Answer 3\": expected text or an integer, found \"\""},
      {",Q?,a,\"\n\",c,d,rec9,P,S\n", "field \"Incorrect Answer 1\": expected text, found \"\\n\""},
      {",,a,b,c,d,rec9,P,S\n", "field \"Question\": expected text, found \"\""},
      {",Q?,a,b,c,d,,P,S\n", "field \"Record ID\": expected text or an integer, found \"\""},
      {",Q?,a,b,c,d,rec1,P,S\n", "field \"Record ID\": the same id as gpqa.csv:2, \"rec1\""},
      {",First?,w,x,y,z,rec9,P,S\n", "field \"Question\": the same question as gpqa.csv:2"},
  };
  const TempDir dir;
  for (const Row& row : kRows) {
    CAPTURE(row.row);
    const std::string rows = std::string(kHeader) + ",First?,w,x,y,z,rec1,P,S\n" + row.row;
    const Result<Dataset> set = parse(dir, "gpqa", rows, "gpqa.csv");
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::invalid_input);
    CHECK(message_of(set, dir) == std::string("gpqa.csv:3: ") + row.message);
  }
}

TEST_CASE("one question about other options is another question") {
  const TempDir dir;
  const std::string rows = std::string(kHeader) + ",Q?,w,x,y,z,rec1,P,S\n,Q?,w,x,y,v,rec2,P,S\n";
  CHECK(parse(dir, "gpqa", rows, "gpqa.csv"));
}

TEST_CASE("a set of GPQA's size is known for what it is") {
  struct Row {
    std::size_t questions;
    const char* release;
  };
  constexpr Row kRows[] = {
      {198, "gpqa_diamond"}, {448, "gpqa_main"}, {546, "gpqa_extended"}, {197, ""}, {1, ""}};
  for (const Row& row : kRows) {
    CAPTURE(row.questions);
    const TempDir dir;
    std::string rows = kHeader;
    for (std::size_t i = 0; i < row.questions; ++i) {
      const std::string n = std::to_string(i);
      rows += ",Q" + n + "?,w,x,y,z,rec" + n + ",P,S\n";
    }
    const Result<Dataset> set = parse(dir, "gpqa", rows, "gpqa.csv");
    REQUIRE(set);
    CHECK(set->questions.size() == row.questions);
    CHECK(set->release == row.release);
    REQUIRE(save_dataset(dir.path(), *set));
    CHECK(load_dataset(dir.path(), support::task("gpqa")));
  }
}

TEST_CASE("the synthetic file of GPQA's authors' columns is imported whole") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs ../shared/data/gpqa: it is not there");
  const TempDir dir;
  const std::filesystem::path file = data / "gpqa/gpqa_synthetic.csv";
  const Result<Dataset> set = parse_dataset(support::task("gpqa"), std::span(&file, 1), dir.path());
  REQUIRE(set);
  REQUIRE(set->questions.size() == 20);
  CHECK(set->questions.front().id == "recSYNTHETIC00001");
  CHECK(set->source == "gpqa_synthetic.csv");
  std::set<std::string> domains;
  int with_line_breaks = 0;
  for (const Question& question : set->questions) {
    CHECK(question.gold == "A");
    domains.insert(attribute(question, "High-level domain"));
    with_line_breaks += question.text.find('\n') != std::string::npos ? 1 : 0;
    const std::vector<std::string_view> options = options_of(question);
    REQUIRE(options.size() == 4);
    CHECK(std::set<std::string_view>(options.begin(), options.end()).size() == 4);
    for (const std::string_view option : options) {
      CHECK(option.find_last_not_of(" \n") == option.size() - 1);
    }
  }
  CHECK(domains == std::set<std::string>{"Biology", "Chemistry", "Physics"});
  CHECK(with_line_breaks >= 1);
}

}  // namespace proctor::tasks
