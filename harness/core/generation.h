// What a model answered: text, how it ended, what it cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctor {

// How to sample. An unset field is left to the server's default and is not sent.
struct Sampling {
  double temperature = 0.6;
  double top_p = 0.95;
  std::optional<int> top_k;
  int max_tokens = 32'768;  // new tokens, the prompt excluded
};

// How a generation ended. Every generation has exactly one.
enum class FinishReason {
  stop,            // the model ended its turn
  length,          // cut at max_tokens or at the context's end
  content_filter,  // the server withheld the rest
  empty,           // the model ended its turn without a single character
  repetition,      // cut by the opt-in loop detector
};

// Tokens as the server counted them. Unset means that it did not say, never zero.
struct TokenUsage {
  std::optional<std::int64_t> prompt;
  std::optional<std::int64_t> completion;  // reasoning included
  std::optional<std::int64_t> reasoning;
  std::optional<std::int64_t> cached_prompt;
};

struct Generation {
  std::string text;       // the reply's content, thinking included if the server left it in
  std::string reasoning;  // thinking that the server sent apart (`reasoning_content`)
  FinishReason finish = FinishReason::stop;
  TokenUsage usage;
  std::string served_by;            // model name and system fingerprint as the server gave them
  int attempts = 1;                 // requests it took, the successful one included
  std::int64_t first_token_ms = 0;  // from sending the successful request
  std::int64_t total_ms = 0;
};

std::string_view name_of(FinishReason finish);
std::optional<FinishReason> finish_reason_named(std::string_view name);

}  // namespace proctor
