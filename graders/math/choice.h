// Letters of multiple-choice questions.
#pragma once

#include <optional>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::math {

// The letter, A to J, that a gold answer or the content of a box names: "B", "(B)", "\text{B}",
// "B. seven", "(D) Alina", "option B". With words after a bare letter it must be a name: "C
// Cecile". Nothing for "b", "B+C" or "Because".
std::optional<char> choice_letter(std::string_view answer);

struct Choice {
  std::string_view rung;
  Span span;  // of the letter
  char letter;
};

// The letter that a reply to a question with lettered options chooses: the first after the last
// announcement (graders/math/anchors.h), else the one it begins with ("D. It cannot be A"), else
// the only one in its last line or in the text. Nothing where several are left.
std::optional<Choice> chosen_letter(std::string_view text);

// Only the first of these.
std::optional<Choice> announced_letter(std::string_view text);

}  // namespace proctor::graders::math
