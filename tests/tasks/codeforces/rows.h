// Rows as open-r1/codeforces spells them, of problems of our own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace proctor::support {

// "7/A", "Two Sums": complete, with two tests.
nlohmann::json contest_row();
// Another problem, "7/B".
nlohmann::json other_contest_row();
// One of the generated tests beside.
nlohmann::json generated_test(const std::string& problem, int number, const std::string& input,
                              const std::string& output);

}  // namespace proctor::support
