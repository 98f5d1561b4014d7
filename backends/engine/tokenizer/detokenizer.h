// Text from tokens as they come: never a piece of a character.
#pragma once

#include <cstdint>
#include <string>

#include "backends/engine/tokenizer/tokenizer.h"

namespace proctor::engine {

// All texts returned since the beginning, or since flush(), joined, are decode() of all ids pushed.
// Used by one thread.
class Detokenizer {
 public:
  // `tokenizer` must stay where it is.
  explicit Detokenizer(const Tokenizer& tokenizer, bool skip_special = false)
      : tokenizer_(tokenizer), skip_special_(skip_special) {}

  // The text, UTF-8, that this token completes. The bytes of a character still incomplete are held
  // back, at most three; bytes that can no longer become one are U+FFFD.
  std::string push(std::int32_t id);

  // The end: what was held back, as U+FFFD. After it, all begins anew.
  std::string flush();

 private:
  const Tokenizer& tokenizer_;
  bool skip_special_;
  std::string held_;
};

}  // namespace proctor::engine
