// Codeforces: problems of programming contests, each with its limits, tests and, where several
// answers are right, a checker, so that a rating can be measured against those who took part.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::codeforces {

Benchmark codeforces();

inline constexpr std::string_view kFields[] = {"aliases",
                                               "contest_id",
                                               "contest_start_year",
                                               "description",
                                               "examples",
                                               "executable",
                                               "generated_checker",
                                               "generated_tests",
                                               "index",
                                               "input_format",
                                               "input_mode",
                                               "interaction_format",
                                               "memory_limit",
                                               "note",
                                               "official_tests_complete",
                                               "output_format",
                                               "rating",
                                               "tags",
                                               "time_limit"};

inline constexpr Schema kSchema = {.name = "open-r1/codeforces",
                                   .id = "id",
                                   .problem = "title",
                                   .answer = "official_tests",
                                   .attributes = {},
                                   .marker = {},
                                   .others = kFields};

inline constexpr std::string_view kGeneratedFields[] = {"input", "output"};

inline constexpr BesideSchema kGeneratedTests = {.key = "problem_id", .others = kGeneratedFields};

// The statement as text, and the attributes contest_id, index, rating, tags, year and aliases; what
// a row does not state is left out. Two more where they apply: "ungradeable", why no program can be
// judged, and "tests", "incomplete".
Result<void> describe(const nlohmann::json& row, const RowsBeside& beside, Question& question);

// The same with the description alone as text.
Result<void> describe_briefly(const nlohmann::json& row, const RowsBeside& beside,
                              Question& question);

}  // namespace proctor::tasks::codeforces
