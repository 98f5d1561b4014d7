// The phrases with which a reply announces its answer, in some thirty languages.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::math {

struct Announcement {
  std::size_t phrase = 0;  // where the phrase begins
  Span statement;          // what is announced: up to the end of its line or sentence
  bool final = false;      // said to be final: "final answer"
};

// The last announcement that begins before `before`: "the answer is 5", "**Final Answer:** 5",
// "#### 5", 答案是5. What follows may stand on the next line. A mere mention ("I hope that this
// answer helps") is none. Linear in the text.
std::optional<Announcement> last_announcement(std::string_view text, std::size_t before);

}  // namespace proctor::graders::math
