// Reads one chat-completions object, a whole reply or an event of a stream, in one pass over its
// bytes and without building a document: a stream brings one for every token.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/generation.h"

namespace proctor::backends {

// What matters of one object, whichever service sent it. Fields of other types than expected count
// as absent.
struct ChatObject {
  enum class Form {
    object,
    not_json,   // or not UTF-8
    no_object,  // JSON, but something else
  };

  Form form = Form::object;
  bool has_error = false;   // a member "error" that is not null
  bool has_choice = false;  // choices[0] is there
  std::string content;      // of choices[0].message or .delta, the text parts of a list joined; or
                            // choices[0].text, of a raw completion
  std::string reasoning;    // reasoning_content, or else reasoning
  std::string finish_reason;
  std::string model;
  std::string system_fingerprint;
  bool has_usage = false;
  TokenUsage usage;
  // Where `content` or `reasoning` stands, within the quotes, in the bytes that were read, if all
  // of both is one string of them, and known; else empty.
  std::string_view only_text;
};

// Never fails: what is wrong with the bytes is in `form`. Nesting costs nothing.
ChatObject read_chat_object(std::string_view bytes);

// The same but for `only_text`, by nlohmann/json alone: several times as slow, and what tests
// compare the other with.
ChatObject read_chat_object_plainly(std::string_view bytes);

}  // namespace proctor::backends
