// The services that answer over HTTP, and how they differ: tables that the rest of this folder
// reads, so that a quirk is a row here and a branch nowhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"

namespace proctor::backends {

// The two languages spoken: OpenAI's chat completions, and Anthropic's messages.
enum class Wire { chat, messages };

// How a service takes many requests at once.
enum class BatchWire {
  none,
  files,    // OpenAI's: requests and replies are files
  inlined,  // Anthropic's: a batch carries its requests itself
};

struct Provider {
  std::string_view name;      // what a model spec begins with: "openai" of "openai/NAME"
  std::string_view base_url;  // where it is, if --base-url does not say; empty: it must
  std::string_view key_variable;
  bool needs_key = false;
  Wire wire = Wire::chat;
  std::string_view key_header;    // what stands before the key, the header's name included
  std::string_view other_header;  // a line that every request carries; may be empty
  std::string_view path;          // after the base URL
  std::string_view raw_path;      // for a prompt of role "raw"; empty: takes none
  std::string_view prefill_path;  // for a prompt that ends with the beginning of the reply
  BatchWire batches = BatchWire::none;
};

// How a request says that its last message, of role "assistant", is the beginning of the reply.
enum class Prefill {
  refused,
  bare,             // by its being the last
  marked,           // "prefix": true in the message (DeepSeek's prefix completion)
  continue_option,  // vLLM's and SGLang's continue_final_message, which others overlook
  continue_stream,  // the same, always in a stream: llama-server repeats the beginning in a whole
                    // reply
};

// How a request says how much to think.
enum class Thinking {
  none,      // it cannot
  effort,    // "reasoning_effort": a word
  budget,    // "thinking" with a number of tokens
  adaptive,  // "thinking": adaptive, and the word in "output_config"
};

// What the models of a provider whose names begin so take. A field that is not taken is not sent:
// it would be refused, or silently have no effect.
struct ModelQuirks {
  std::string_view provider;
  std::string_view prefix;  // of the model's name; the first row that fits counts
  std::string_view limit_field;
  bool temperature = false;
  bool top_p = false;
  bool top_k = false;
  bool seed = false;
  Prefill prefill = Prefill::refused;
  Thinking thinking = Thinking::none;
  // With thinking asked for, nothing of sampling may be (Anthropic).
  bool thinking_excludes_sampling = false;
  // A JSON object of fields that every request carries unless it says otherwise itself: what keeps
  // a server from sampling by rules of its own. Empty: none.
  std::string_view always = "";
};

const std::vector<Provider>& providers();

// A model as its requests must know it.
struct RemoteModel {
  const Provider* provider = nullptr;
  ModelQuirks quirks;
  std::string name;
  std::string effort;       // --reasoning-effort; empty: not said
  int thinking_tokens = 0;  // --thinking-tokens; 0: not said

  bool thinks_on_request() const { return !effort.empty() || thinking_tokens > 0; }
};

// Errors: invalid_input, for a wish about thinking that the model has no field for.
Result<RemoteModel> remote_model(const Provider& provider, std::string name,
                                 const BackendOptions& options);

// Who answers, for the run's fingerprint: provider, model, what was asked of its thinking, and
// which of the protocol's fields it is not sent.
std::string identity_of(const RemoteModel& model);

}  // namespace proctor::backends
