// What becomes of a reply at the end of a server's context: it must be cut there and say so, or be
// refused beforehand. A server that drops the beginning of the prompt instead lets a model go on
// without its question. Costs about a context of tokens, and is only done when asked for.
#pragma once

#include <optional>
#include <stop_token>

#include "backends/backend.h"
#include "harness/canary/checks.h"
#include "harness/spending/spending.h"

namespace proctor::harness::canary {

// Measures by two short prompts how many tokens a word takes, and then leaves a story so little
// room that it must reach the end. Blocks. `spending` as in ask_probes().
CanaryCheck check_context_end(backends::Backend& backend, const tasks::Protocol& protocol,
                              std::optional<int> context, spending::Spending* spending,
                              const std::stop_token& stop);

}  // namespace proctor::harness::canary
