#include "tests/tasks/codeforces/rows.h"

namespace proctor::support {

nlohmann::json contest_row() {
  return {{"id", "7/A"},
          {"aliases", {"8/C"}},
          {"contest_id", "7"},
          {"contest_name", "Round 7"},
          {"contest_type", "CF"},
          {"contest_start", 1735741800},
          {"contest_start_year", 2025},
          {"index", "A"},
          {"time_limit", 1.5},
          {"memory_limit", 256.0},
          {"title", "Two Sums"},
          {"description", "Add $a$ and $b$.\n"},
          {"input_format", "Two integers."},
          {"output_format", "Their sum."},
          {"interaction_format", nullptr},
          {"note", "Mind the sign."},
          {"examples", {{{"input", "1 2\n"}, {"output", "3"}}}},
          {"editorial", nullptr},
          {"rating", 800},
          {"tags", {"math", "*special"}},
          {"testset_size", 2},
          {"official_tests",
           {{{"input", "1 2\n"}, {"output", "3\n"}}, {{"input", "5 6\n"}, {"output", "11\n"}}}},
          {"official_tests_complete", true},
          {"input_mode", "stdio"},
          {"generated_checker", nullptr},
          {"executable", true},
          {"generated_tests", 0}};
}

nlohmann::json other_contest_row() {
  nlohmann::json row = contest_row();
  row.update({{"id", "7/B"}, {"index", "B"}, {"title", "Three Sums"}, {"rating", 1200}});
  return row;
}

nlohmann::json generated_test(const std::string& problem, int number, const std::string& input,
                              const std::string& output) {
  return {{"problem_id", problem}, {"test_case_i", number}, {"input", input}, {"output", output}};
}

}  // namespace proctor::support
