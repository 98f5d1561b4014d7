// Problems whose tests are known to fail right programs, or to be impossible. Published numbers
// include them, so that leaving them out is for whoever asks.
#pragma once

#include <span>
#include <string_view>

#include "harness/core/question.h"

namespace proctor::tasks::livecodebench {

struct KnownBad {
  // The question's id; of a LeetCode problem its title, by which upstream names it.
  std::string_view name;
  std::string_view why;
};

std::span<const KnownBad> known_bad();

// The entry of a question, or null.
const KnownBad* find_known_bad(const Question& question);

}  // namespace proctor::tasks::livecodebench
