// What a model answered: text, how it ended, what it cost.
#pragma once

#include <cstddef>
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

// How a generation ended. Every generation has exactly one; `unknown` is only for replies that were
// imported from a log that does not say.
enum class FinishReason {
  stop,            // the model ended its turn
  length,          // cut at max_tokens or at the context's end
  content_filter,  // the server withheld the rest
  empty,           // the model ended its turn without a single character
  repetition,      // cut by the opt-in loop detector
  unknown,
};

// Tokens as the server counted them. Unset means that it did not say, never zero.
struct TokenUsage {
  std::optional<std::int64_t> prompt;
  std::optional<std::int64_t> completion;  // reasoning included
  std::optional<std::int64_t> reasoning;
  std::optional<std::int64_t> cached_prompt;
};

// The longest reply that is kept, text and reasoning together: 64 bytes for each of a million
// tokens. A longer one is a fault of whoever sent it.
constexpr std::size_t kMostReplyBytes = 64U << 20;

struct Generation {
  std::string text;       // the reply's content, thinking included if the server left it in
  std::string reasoning;  // thinking that the server sent apart (`reasoning_content`)
  FinishReason finish = FinishReason::stop;
  TokenUsage usage;
  std::string served_by;            // model name and system fingerprint as the server gave them
  int attempts = 1;                 // requests it took, the successful one included
  std::int64_t first_token_ms = 0;  // from sending the successful request
  std::int64_t total_ms = 0;
  // Kept from an earlier request for the same: this time nobody was asked, waited for or paid, so
  // attempts and times are zero. The usage is that of the earlier one.
  bool from_cache = false;
};

// What can be said of a reply without knowing whether it is right; kept apart from its text, so
// that a report over a million of them reads none.
struct ReplyTraits {
  std::uint64_t hash = 0;  // of text and reasoning: equal replies have equal ones
  std::int64_t text_bytes = 0;
  std::int64_t reasoning_bytes = 0;  // of what the server sent apart
  std::int64_t thinking_bytes = 0;   // of both together, before the answer begins
  bool loops = false;                // it ends in ever the same words
  bool mixes_scripts = false;        // a share of it is in a script that its question is not in

  bool operator==(const ReplyTraits&) const = default;
};

std::string_view name_of(FinishReason finish);
std::optional<FinishReason> finish_reason_named(std::string_view name);

}  // namespace proctor
