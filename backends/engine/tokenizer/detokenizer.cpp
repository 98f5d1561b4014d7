#include "backends/engine/tokenizer/detokenizer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "backends/engine/tokenizer/utf8.h"

namespace proctor::engine {
namespace {

// Where the start of a character begins that more bytes could complete; the size, if none does.
std::size_t incomplete_tail(std::string_view text) {
  constexpr std::size_t kLongest = 3;
  for (std::size_t length = std::min(kLongest, text.size()); length > 0; --length) {
    const std::size_t at = text.size() - length;
    const Utf8Char last = utf8_char_at(text, at);
    if (last.state == Utf8::incomplete && at + last.length == text.size()) return at;
  }
  return text.size();
}

}  // namespace

std::string Detokenizer::push(std::int32_t id) {
  if (skip_special_ && tokenizer_.is_special(id)) return {};
  held_ += tokenizer_.token_bytes(id);
  const std::size_t complete = incomplete_tail(held_);
  std::string text = mended_utf8(std::string_view(held_).substr(0, complete));
  held_.erase(0, complete);
  return text;
}

std::string Detokenizer::flush() { return mended_utf8(std::exchange(held_, {})); }

}  // namespace proctor::engine
