#include "graders/code/comparison.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::code {
namespace {

bool accepts(const std::string& rule, std::string_view expected, std::string_view actual) {
  const Result<Comparison> comparison = parse_comparison(rule);
  REQUIRE(comparison);
  return !difference(*comparison, expected, actual);
}

TEST_CASE("each rule accepts what it says and nothing more") {
  struct Row {
    const char* rule;
    const char* expected;
    const char* actual;
    bool accepted;
  };
  constexpr Row kRows[] = {
      {"exact", "6\n", "6\n", true},
      {"exact", "6\n", "6", true},  // only a line feed at the very end may be missing
      {"exact", "6", "6\n", true},
      {"exact", "6\n", "6\n\n", false},
      {"exact", "6\n", "6 \n", false},
      {"exact", "6\n", " 6\n", false},
      {"exact", "6\n", "6.0\n", false},
      {"exact", "6\r\n", "6\n", false},
      {"exact", "1\n2\n", "1\n", false},
      {"exact", "", "", true},
      {"exact", "", "x", false},

      {"tokens", "1 2\n3\n", "1\n2 3", true},
      {"tokens", "1 2\n3\n", "  1\t2\r\n3 \n\n", true},
      {"tokens", "1 2", "12", false},
      {"tokens", "1 2", "1 2 3", false},
      {"tokens", "1 2", "1", false},
      {"tokens", "1", "1.0", false},
      {"tokens", "Yes", "YES", false},
      {"tokens", "", " \n", true},
      {"tokens", "", "0", false},
      {"tokens", "a b",
       "a\xc2\xa0"
       "b",
       false},  // a no-break space is no white space to C

      {"float:1e-6", "0.5", "0.5000001", true},
      {"float:1e-6", "0.5", "0.50001", false},
      {"float:1e-6", "1000000", "1000000.9", true},  // relative
      {"float:1e-6", "1000000", "1000001.1", false},
      {"float:1e-6", "-1000000", "-1000000.9", true},
      {"float:1e-6", "0", "1e-7", true},  // absolute
      {"float:1e-6", "0", "-0.0", true},
      {"float:1e-6", "1 2 3", "1.0 2\n3e0", true},
      {"float:1e-6", "1 2 3", "1 2", false},
      {"float:1e-6", "Case 1: 0.5", "Case 1: .5", true},
      {"float:1e-6", "Case 1: 0.5", "case 1: .5", false},
      {"float:1e-6", "nan", "NaN", true},
      {"float:1e-6", "nan", "1", false},
      {"float:1e-6", "1", "nan", false},
      {"float:1e-6", "inf", "1e999", true},
      {"float:1e-6", "inf", "-inf", false},
      {"float:1e-6", "1e300", "inf", false},
      {"float:1e-6", "0", "1e-999", true},
      {"float:1e-6", "16", "0x10", false},
      {"float:0", "0.1", "0.1000000000000001", true},  // 1e-15 is added to every tolerance
      {"float:0", "0.1", "0.10000000000001", false},

      {"open-r1", "Yes\nNO", "yES  no", true},
      {"open-r1", "Yes", "no", false},
      {"open-r1", "yes1", "YES1", false},  // other words are as they are
      {"open-r1", "a", "A", false},
      {"open-r1", "1 2", "1\n\n2\n", true},
      {"open-r1", "1 2", "1", false},

      {"lcb", "6\n", "6.0", true},
      {"lcb", "6\n", "+0_6e0", true},
      {"lcb", "6\n", "６", true},
      {"lcb", "6\n", "6.0000000001", false},
      {"lcb", "1 2\n3\n", " 1  2.0 \n\t3\n\n", true},
      {"lcb", "1 2\n3\n", "1\n2 3", false},  // lines count
      {"lcb", "1 2", "1  2", true},          // words of numbers, whatever is between them
      {"lcb", "a b", "a  b", false},         // but not other words
      {"lcb", "a\xc2\xa0", "a", true},       // white space as Python sees it
      {"lcb", "a\n\nb", "a\n \nb", true},
      {"lcb", "a\n\nb", "a\nb", false},
      {"lcb", "Yes", "YES", false},
      {"lcb", "1 x", "1.0 x", false},
      {"lcb", "nan", "nan", true},         // equal as text
      {"lcb", "nan 1", "nan 1.0", false},  // a NaN equals nothing
      {"lcb", "inf 1", "Infinity 1.0", true},
      {"lcb", "", "\n \n", true},
      {"lcb", "", "0", false},
      {"lcb", "0", "", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.rule);
    CAPTURE(row.expected);
    CAPTURE(row.actual);
    CHECK(accepts(row.rule, row.expected, row.actual) == row.accepted);
  }
}

TEST_CASE("a difference is told in words and bounded in length") {
  const auto told = [](const char* rule, std::string_view expected, std::string_view actual) {
    return difference(*parse_comparison(rule), expected, actual).value_or("equal");
  };
  CHECK(told("lcb", "1\n2", "1\n3") == "line 2: expected \"2\", found \"3\"");
  CHECK(told("lcb", "1\n2", "1") == "expected 2 lines, found 1");
  CHECK(told("tokens", "1 2", "1 a\x1b") == "word 2: expected \"2\", found \"a\\x1b\"");
  CHECK(told("tokens", "1 2", "1") == "expected 2 words, found 1");
  CHECK(told("exact", "1\n2\n", "1\n2 \n") == "line 2: expected \"2\", found \"2 \"");
  CHECK(told("exact", std::string(100'000, 'a'), std::string(100'000, 'b')).size() < 200);
}

TEST_CASE("an unknown rule is an error that lists the known ones") {
  for (const char* name : {"", "EXACT", "float", "float:", "float:x", "float:-1", "float:nan",
                           "float:inf", "float:1e-6 "}) {
    CAPTURE(name);
    const Result<Comparison> comparison = parse_comparison(name);
    REQUIRE_FALSE(comparison);
    CHECK(comparison.error().code() == ErrorCode::invalid_input);
    CHECK(comparison.error().message().find("tokens") != std::string::npos);
  }
  CHECK(parse_comparison("float:1e-9")->tolerance == 1e-9);
}

bool is_number_for_testlib(const std::string& word) {
  return word.find_first_not_of("0123456789.-") == std::string::npos;
}

// Whether testlib's number checkers get as far as comparing: both files are plain numbers.
bool holds_plain_numbers(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  bool any = false;
  while (words >> word) {
    any = true;
    if (!is_number_for_testlib(word)) return false;
  }
  return any;
}

TEST_CASE("words and numbers are compared as testlib compares them") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs judge/testlib_checkers.jsonl: shared data is missing");
  const std::map<std::string, std::string> rules = {{"wcmp", "tokens"},
                                                    {"rcmp4", "float:1e-4"},
                                                    {"rcmp6", "float:1e-6"},
                                                    {"rcmp9", "float:1e-9"}};
  std::istringstream rows(support::read_file(data / "judge" / "testlib_checkers.jsonl"));
  std::map<std::string, int> compared;
  for (std::string line; std::getline(rows, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string checker = row["checker"];
    const auto rule = rules.find(checker);
    if (rule == rules.end()) continue;
    const std::string expected = row["answer"];
    const std::string actual = row["output"];
    const bool numbers = checker != "wcmp";
    // The number checkers stop at other words (exit 2 or 3), where ours compares them as words.
    if (numbers && !(holds_plain_numbers(expected) && holds_plain_numbers(actual))) continue;
    CAPTURE(row["id"].get<std::string>());
    CAPTURE(expected);
    CAPTURE(actual);
    CHECK(accepts(rule->second, expected, actual) == (row["exit"] == 0));
    ++compared[checker];
  }
  CHECK(compared["wcmp"] > 100);
  for (const char* checker : {"rcmp4", "rcmp6", "rcmp9"}) CHECK(compared[checker] > 20);
}

}  // namespace
}  // namespace proctor::graders::code
