#include "graders/code/testlib/checkers.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::code::testlib {
namespace {

using namespace std::string_view_literals;

Outcome outcome_of(std::string_view checker, std::string_view output, std::string_view answer) {
  const Result<const NamedChecker*> found = checker_named(checker);
  REQUIRE(found);
  return run(**found, output, answer).outcome;
}

TEST_CASE("each checker answers as the real one does") {
  using enum Outcome;
  struct Row {
    const char* checker;
    std::string_view output;
    std::string_view answer;
    Outcome outcome;
  };
  // Outcomes are those of the real programs, run once on these pairs.
  constexpr Row kRows[] = {
      {"wcmp", "a  b\n", "a b", ok},
      {"wcmp", "a b c", "a b", wrong},
      {"wcmp", "a", "a b", wrong},
      {"wcmp", "A", "a", wrong},
      {"wcmp", "", "", ok},
      {"lcmp", "1  2\n3\n\n", "1 2\n3", ok},
      {"lcmp", "1 2 3", "1 2\n3", wrong},
      {"lcmp", "1\n2", "1", presentation},  // more lines than the answer
      {"fcmp", "1 2\r\n", "1 2\n", ok},
      {"fcmp", "1  2", "1 2", wrong},
      {"fcmp", "a\rb", "ab", ok},      // a carriage return within a line is dropped
      {"fcmp", "ab", "ab\r", wrong},   // and one at the end of the file is not
      {"fcmp", "ab\xFF", "ab\r", ok},  // but turns into the mark for that end
      {"yesno", "yEs", "YES", ok},
      {"yesno", "no", "YES", wrong},
      {"yesno", "maybe", "YES", presentation},
      {"yesno", "yes", "maybe", fail},
      {"yesno", "yes no", "yes", presentation},
      {"nyesno", "yes NO", "Yes no", ok},
      {"nyesno", "yes", "yes no", wrong},
      {"nyesno", "yes no", "yes", wrong},
      {"nyesno", "yes x", "yes no", presentation},
      {"nyesno", "", "", ok},
      {"hcmp", "123456789012345678901234567890", "123456789012345678901234567890", ok},
      {"hcmp", "123456789012345678901234567891", "123456789012345678901234567890", wrong},
      {"hcmp", "-0", "0", presentation},
      {"hcmp", "0", "00", fail},
      {"hcmp", "1", "1 2", fail},
      {"icmp", "2147483647", "2147483647", ok},
      {"icmp", "2147483648", "2147483647", presentation},
      {"icmp", "+1", "1", presentation},
      {"icmp", "01", "1", presentation},
      {"icmp", "", "1", presentation},
      {"icmp", "1", "", fail},
      {"ncmp", "1 2", "1\n2", ok},
      {"ncmp", "1 3", "1 2", wrong},
      {"ncmp", "1 2 3", "1 2", wrong},
      {"ncmp", "1 2 x", "1 2", presentation},
      {"ncmp", "9223372036854775808", "1", presentation},
      {"uncmp", "3 1 2", "1 2 3", ok},
      {"uncmp", "1 2 2", "1 2 3", wrong},
      {"uncmp", "1 2", "1 2 3", wrong},
      {"rcmp", "1.0000015", "1", ok},
      {"rcmp", "1.000002", "1", wrong},
      {"acmp", "1e", "1", ok},  // glibc reads it so
      {"acmp", "1e400", "1e500", ok},
      {"dcmp", "1000000.5", "1000000", ok},
      {"dcmp", "nan", "1", presentation},
      {"dcmp", "1", "inf", fail},
      {"dcmp", "9e300", "1e301", ok},  // both count as infinite
      {"rcmp4", "1.0001 2", "1 2", ok},
      {"rcmp4", "1.0002 2", "1 2", wrong},
      {"rcmp4", "1", "1 2", presentation},
      {"rcmp4", "1 2", "1", presentation},
      {"rcmp6", "0.000001", "0", ok},
      {"rcmp6", "0.0000011", "0", wrong},
      {"rcmp9", "1.000000001", "1", ok},
      {"rcmp9", "1.00000001", "1", wrong},
      {"rncmp", "1.00001", "1", ok},
      {"rncmp", "100000.1", "100000", wrong},  // absolute only
      {"pointscmp", "1", "3", points},
      {"pointscmp", "1", "3000000", fail},
      {"pointscmp", "1 2", "3", presentation},
      {"pointsinfo", "1", "3000000", points},
      {"pointsinfo", "x", "y", presentation},
      {"caseicmp", "Case 1: 5\nCase 2: 6", "Case 1: 5 Case 2: 6", ok},
      {"caseicmp", "Case 1: 5", "Case 1: 6", wrong},
      {"caseicmp", "Case 1: 5", "Case 1: 5 Case 2: 6", presentation},
      {"caseicmp", "Case 2: 5", "Case 1: 5", presentation},
      {"caseicmp", "Case 1: 5", "case 1: 5", fail},
      {"casencmp", "Case 1: 5 6", "Case 1: 5\n6", ok},
      {"casencmp", "Case 1: 5", "Case 1: 5 6", wrong},
      {"casencmp", "Case 1: 5 Case", "Case 1: 5", ok},  // the further case was begun
      {"casencmp",
       "Case 1: 5\0"
       "6"sv,
       "Case 1: 5", ok},
      {"casewcmp", "Case 1: a b", "Case 1: a b", ok},
      {"casewcmp", "Case 1: A b", "Case 1: a b", wrong},
      {"casewcmp",
       "\xEF\xBB\xBF"
       "Case 1: a",
       "Case 1: a", ok},  // a byte order mark, which only an output may have
      {"casewcmp", "Case 1: a",
       "\xEF\xBB\xBF"
       "Case 1: a",
       fail},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.checker);
    CAPTURE(row.output);
    CAPTURE(row.answer);
    CHECK(outcome_of(row.checker, row.output, row.answer) == row.outcome);
  }
}

TEST_CASE("what is wrong is told in words and bounded in length") {
  const auto told = [](const char* checker, std::string_view output, std::string_view answer) {
    return run(**checker_named(checker), output, answer).detail;
  };
  CHECK(told("wcmp", "1 3", "1 2") == "word 2: expected \"2\", found \"3\"");
  CHECK(told("wcmp", "1", "1 2") == "fewer words than expected, from word 2 on");
  CHECK(told("ncmp", "1 2 3", "1 2") == "expected 2 numbers, found 3");
  CHECK(told("icmp", "x", "1") == "expected an integer of 32 bits, found \"x\"");
  CHECK(told("icmp", "1", "x") ==
        "in the jury's answer: expected an integer of 32 bits, found \"x\"");
  CHECK(told("icmp", "", "1") == "ended where an integer of 32 bits was due");
  CHECK(told("rcmp6", "1 2.5", "1 2") ==
        "number 2: expected \"2\", found \"2.5\", not within 1e-06");
  CHECK(told("wcmp", "1", "1").empty());
  CHECK(told("fcmp", std::string(100'000, 'a'), std::string(100'000, 'b')).size() < 200);
}

TEST_CASE("an unknown checker is an error that lists the known ones") {
  for (const NamedChecker& checker : all_checkers()) {
    const Result<const NamedChecker*> found = checker_named(checker.name);
    REQUIRE(found);
    CHECK(*found == &checker);
  }
  for (const char* name : {"", "WCMP", "wcmp ", "check"}) {
    CAPTURE(name);
    const Result<const NamedChecker*> none = checker_named(name);
    REQUIRE_FALSE(none);
    CHECK(none.error().code() == ErrorCode::invalid_input);
    CHECK(none.error().message().find("wcmp, yesno") != std::string::npos);
  }
}

TEST_CASE("a word of over 32 MiB is nobody's word") {
  const std::string long_word(33U << 20, 'a');
  CHECK(outcome_of("wcmp", long_word, long_word) == Outcome::fail);
  CHECK(outcome_of("wcmp", long_word, "a") == Outcome::presentation);
  CHECK(outcome_of("lcmp", long_word, long_word) == Outcome::ok);  // lines may be longer
}

TEST_CASE("all recorded outcomes of the real checkers come out the same") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs recorded outcomes: shared/data is missing");
  std::istringstream rows(support::read_file(data / "judge" / "testlib_checkers.jsonl"));
  std::map<std::string, int> seen;
  for (std::string line; std::getline(rows, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string checker = row["checker"];
    ++seen[checker];
    CAPTURE(line);
    CHECK(static_cast<int>(outcome_of(checker, row["output"].get<std::string>(),
                                      row["answer"].get<std::string>())) == row["exit"]);
  }
  CHECK(seen.size() == all_checkers().size());
}

}  // namespace
}  // namespace proctor::graders::code::testlib
