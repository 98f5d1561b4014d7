// GPQA: questions of graduate-level science with four options each, which their authors ask not to
// publish in plain text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tasks/catalogue.h"

namespace proctor::tasks::gpqa {

Benchmark gpqa();

inline constexpr std::string_view kOptions[] = {"Correct Answer", "Incorrect Answer 1",
                                                "Incorrect Answer 2", "Incorrect Answer 3"};
inline constexpr std::string_view kDomains[] = {"High-level domain", "Subdomain"};

// The authors' columns. A name and the attributes are arguments, for sets that copy the layout.
constexpr Schema layout(std::string_view name, std::span<const std::string_view> domains) {
  return {.name = name,
          .id = "Record ID",
          .problem = "Question",
          .answer = "Correct Answer",
          .attributes = {},
          .marker = {},
          .optional = domains,
          .options = kOptions};
}

// The letter of an option.
Result<std::string> normal_answer(const nlohmann::json& answer);

// "gpqa_diamond", "gpqa_main" or "gpqa_extended", by the number of questions.
std::string release_of(std::span<const std::size_t> rows_of_files);

}  // namespace proctor::tasks::gpqa
