// The inside of a JSON string (RFC 8259, section 7): where it ends, whether it is sound, what it
// says. Strict in what it takes: sound UTF-8, known escapes, whole surrogate pairs.
#pragma once

#include <string>
#include <string_view>

namespace proctor::backends {

struct JsonText {
  std::string_view raw{};  // up to the closing quote, or to the end of the bytes
  bool sound = false;      // if not, `raw` is empty
  bool escaped = false;    // it has escapes: what it says is not `raw` itself
};

// The text at the beginning of `bytes`, which follow an opening quote. Linear; copies nothing.
JsonText json_text_at(std::string_view bytes);

// Appends what a sound text says.
void append_unescaped(std::string_view raw, std::string& text);

}  // namespace proctor::backends
