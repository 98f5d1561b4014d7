// Accepted replies as training data: chat JSON Lines, {"messages": [{"role", "content"}, ...]}.
// Pure.
#pragma once

#include <string>

#include "harness/core/generation.h"
#include "harness/core/question.h"

namespace proctor::reports::exchange {

// The reply as the model wrote it: thinking that the server sent apart stands before the answer,
// between <think> and </think>, and an opening tag that the prompt had instead is put back.
std::string whole_reply(const Generation& reply);

// The prompt and the assistant's turn after it, as one line.
std::string format_sft_line(const Prompt& prompt, const std::string& completion);

}  // namespace proctor::reports::exchange
