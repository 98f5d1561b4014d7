// AIME: thirty questions a year whose answers are the integers from 0 to 999.
#pragma once

#include "tasks/catalogue.h"

namespace proctor::tasks::aime {

Benchmark aime24();
Benchmark aime25();

// Rows as HuggingFaceH4/aime_2024 has them. Others copied the layout for other years under other
// names, so name and year are arguments.
constexpr Schema h4_layout(std::string_view name, std::string_view year) {
  return {.name = name,
          .id = "id",
          .problem = "problem",
          .answer = "answer",
          .attributes = {},
          .marker = {.field = "year", .begins = year}};
}

// The integer without leading zeros. Reads a JSON integer, or digits as text, which may stand
// between dollar signs and end in \circ: copies of AIME 2025 hold "336^\circ" where degrees are
// asked for.
Result<std::string> normal_answer(const nlohmann::json& answer);

}  // namespace proctor::tasks::aime
