// Which option of a multiple choice a reply commits to.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "harness/core/score.h"

namespace proctor::graders::choice {

struct Commitment {
  enum class Kind {
    option,    // one of the options
    several,   // more than one: "Answer: A or B"
    no_option  // something else: "Answer: none of these"
  };
  std::string_view rung;  // the rule that found it
  Kind kind = Kind::option;
  Span span{};             // into the text: the letter or the option's text; else the statement
  std::size_t option = 0;  // from 0; letters are A for 0 and so on
};

// How many letters there are if the options themselves are not known.
constexpr std::size_t kMostOptions = 10;

// The option that the text commits to, found in this order:
//   answer line  the last line that begins with "Answer:", also emphasised, after words such as
//                "the final", with "is" for the colon, as <answer>, or where a line is only a box;
//                a line that ends at its colon is continued by the next
//   answer       what follows the last "answer:" or "answer is" within a line, or the last box
// There the letter may be in brackets, emphasised, in dollars, in a box, small, and followed by its
// option's text; or the text alone stands there, as `options` (in the order of their letters; none:
// not known) have it but for white space and typesetting. A letter anywhere else is never an
// answer. Nothing where neither is found. Linear in the text.
std::optional<Commitment> find_commitment(std::string_view text,
                                          std::span<const std::string_view> options);

}  // namespace proctor::graders::choice
