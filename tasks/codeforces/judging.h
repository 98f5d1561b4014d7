// How programs for a problem are judged: its tests, limits, checker and interactor in the form that
// tasks::load_tests() describes.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "harness/core/result.h"
#include "tasks/codeforces/problem.h"
#include "tasks/rows_beside.h"

namespace proctor::tasks::codeforces {

// The most that the tests of one problem may take; the largest known stay well below.
inline constexpr std::size_t kMostTestsBytes = 1UL << 30;

// The official tests and then the generated ones, those beside in the order of "test_case_i". The
// checker is the row's "checker", else its "generated_checker", else the comparison that open-r1's
// runner makes. Errors: invalid_input, naming the field.
Result<std::string> tests_of(const nlohmann::json& row, const RowsBeside& beside);

// Why no program for the problem can be judged; empty if it can.
std::string why_ungradeable(const Problem& problem, const nlohmann::json& row,
                            const RowsBeside& beside);

// Whether tests are known to be missing, so that a wrong program may pass.
bool lacks_tests(const Problem& problem, const nlohmann::json& row, const RowsBeside& beside);

}  // namespace proctor::tasks::codeforces
