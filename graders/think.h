// Where a reply stops thinking and starts answering. Graders read only what comes after.
#pragma once

#include <optional>
#include <string>

#include "harness/core/generation.h"
#include "harness/core/score.h"

namespace proctor::graders {

struct ThinkSplit {
  Thinking state = Thinking::absent;
  Span answer;  // of Generation::text: what may be graded; empty when nothing is final

  bool operator==(const ThinkSplit&) const = default;
};

// Splits a reply, in linear time. In this order:
//  - A <think> that no </think> follows: unclosed, and nothing is final.
//  - Everything up to the last </think> is thinking, whether an opening tag stands in the text or
//    was part of the prompt, and however often it nests. Only white space and tags: empty.
//  - Thinking that the server sent apart is closed, but unclosed if the reply was cut (at its token
//    limit, by a filter or the loop detector) before any text came. Only white space: empty.
//  - No tag and nothing apart: absent, and the whole text may be graded; but if the template wrote
//    the opening tag (`think_prefilled`) and the reply was cut, it never came to the end: unclosed.
ThinkSplit split_thinking(const Generation& reply, bool think_prefilled);

// Why the reply holds nothing to grade, as a score explains it; nothing if there is something.
std::optional<std::string> why_nothing_is_final(const Generation& reply, const ThinkSplit& split);

}  // namespace proctor::graders
