// What is withheld where results are meant to be shared: the questions of a gated benchmark (GPQA)
// must not be published in plain text, and a reply repeats its question. In place of every such
// text stands its SHA-256, so that equal texts can still be seen to be equal and the owner of the
// store, which keeps all texts, can check each. The store itself is the private file.
//
// A hash hides no text that can be guessed: a short option is as secret as its question is.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/score.h"

namespace proctor::harness::exchange {

// Whether texts of this task are withheld: if the user asked for it (--redact), and of a gated task
// always. Runs come from other harnesses too, under names of theirs ("gpqa_diamond_zeroshot"), so
// that a task is taken for a gated one whose name it has in its own.
bool withholds_texts(std::string_view task, bool redact);

// "sha256:" and the digest in hex. Nothing stays nothing, and the letter of an option, which tells
// nothing, stays itself.
std::string withheld(std::string_view text);

// The same question with text, gold, options and starter code withheld. Its id, its place and what
// results are broken down by stay.
Question withheld(Question question);
// Why a sample has no reply or no score, up to the first colon: "HTTP 400". Behind it a server may
// quote what it was asked.
std::string withheld_reason(std::string_view reason);
// Every message's content withheld, roles kept.
Prompt withheld(Prompt prompt);
// Text and reasoning withheld; how it ended and what it cost stay.
Generation withheld(Generation reply);
// The answer in all its forms withheld, and the explanation, which may quote it, left out; the span
// stays.
Score withheld(Score score);

}  // namespace proctor::harness::exchange
