// What can be said of a reply without knowing whether it is right: its size, whether it ends in a
// loop, whether it changes script. Models that break show it here before their accuracy falls.
#pragma once

#include <string_view>

#include "harness/core/generation.h"
#include "harness/core/question.h"

namespace proctor::graders {

// A pure function, linear in the reply. `think_prefilled` as in split_thinking().
ReplyTraits reply_traits(const Question& question, const Generation& reply, bool think_prefilled);

// Whether the text ends in the same bytes over and over: its end, of at least 512 bytes, is eight
// or more copies of one piece. Only the last 4 KiB are looked at. A loop that counts along, or
// varies its words, is not seen.
bool ends_in_loop(std::string_view text);

// Whether at least one in fifty letters of the text, and no fewer than 20, are in a script of which
// `question` has no letter. Told apart are Cyrillic, Arabic, Hebrew, the scripts of India, Thai, and
// those of East Asia together. Latin and Greek are never foreign: every formula and every program
// is written in them. What is not UTF-8 is not a letter.
bool mixes_scripts(std::string_view question, std::string_view text);

}  // namespace proctor::graders
