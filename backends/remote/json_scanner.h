// Reads a JSON document straight off its bytes, telling a handler of each value on the way. It
// knows the usual documents, which are nearly all, and says of any other that it does not; the
// handler must then begin anew with a reader that knows them all. What it takes, nlohmann/json
// takes, and tells its handler the same of it.
//
// Not usual: documents that are no JSON (or not UTF-8), that begin with a byte order mark, nest
// deeper than 64, or have integers of more than 18 digits or exponents of more than two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/remote/json_text.h"

namespace proctor::backends {

// The number that `bytes` begin with.
struct JsonNumber {
  std::size_t length = 0;  // 0: none that is usual
  std::optional<std::uint64_t>
      count{};  // what it is, if it has neither sign, fraction nor exponent
};
JsonNumber json_number_at(std::string_view bytes);

// Handler: start_object(), start_array(), end_object(), end_array(), key(std::string_view),
// text(std::string_view value, std::string_view raw), count(std::uint64_t), null(), and
// other_scalar() for booleans and all other numbers. `raw` is what stands between the quotes, in
// the bytes that were given; `value` and a key may be gone after the call.
template <class Handler>
class JsonScanner {
 public:
  JsonScanner(std::string_view bytes, Handler& handler) : left_(bytes), handler_(handler) {}

  // Whether the bytes were a usual document, whole. If not, the handler has been told of a part.
  bool scan() {
    skip_blanks();
    if (!value()) return false;
    while (depth_ > 0) {
      skip_blanks();
      if (take(in_object() ? '}' : ']')) {
        close();
        continue;
      }
      // After what opens a container its first member follows, after any member a comma.
      if (!just_opened_ && !take(',')) return false;
      just_opened_ = false;
      skip_blanks();
      if (in_object() && !key()) return false;
      if (!value()) return false;
    }
    skip_blanks();
    return left_.empty();
  }

 private:
  static constexpr std::size_t kMostDepth = 64;

  void skip_blanks() {
    std::size_t at = 0;
    while (at < left_.size() &&
           (left_[at] == ' ' || left_[at] == '\n' || left_[at] == '\r' || left_[at] == '\t')) {
      ++at;
    }
    left_.remove_prefix(at);
  }

  bool take(char byte) {
    if (left_.empty() || left_[0] != byte) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool in_object() const { return (objects_ & 1) != 0; }

  bool open(bool object) {
    if (++depth_ > kMostDepth) return false;
    objects_ = objects_ << 1 | (object ? 1 : 0);
    just_opened_ = true;
    left_.remove_prefix(1);
    if (object) {
      handler_.start_object();
    } else {
      handler_.start_array();
    }
    return true;
  }

  void close() {
    if (in_object()) {
      handler_.end_object();
    } else {
      handler_.end_array();
    }
    --depth_;
    objects_ >>= 1;
    just_opened_ = false;
  }

  // A string's text, its opening quote being taken.
  JsonText string() {
    const JsonText text = json_text_at(left_);
    left_.remove_prefix(text.raw.size());
    return text.sound && take('"') ? text : JsonText{};
  }

  std::string_view meaning(const JsonText& text) {
    if (!text.escaped) return text.raw;
    unescaped_.clear();
    append_unescaped(text.raw, unescaped_);
    return unescaped_;
  }

  bool key() {
    if (!take('"')) return false;
    const JsonText name = string();
    if (!name.sound) return false;
    handler_.key(meaning(name));
    skip_blanks();
    if (!take(':')) return false;
    skip_blanks();
    return true;
  }

  // A value, or the beginning of a container.
  bool value() {
    switch (left_.empty() ? '\0' : left_[0]) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"': {
        left_.remove_prefix(1);
        const JsonText text = string();
        if (text.sound) handler_.text(meaning(text), text.raw);
        return text.sound;
      }
      case 'n':
        handler_.null();
        return word("null");
      case 't':
        handler_.other_scalar();
        return word("true");
      case 'f':
        handler_.other_scalar();
        return word("false");
      default:
        return number();
    }
  }

  bool word(std::string_view expected) {
    if (!left_.starts_with(expected)) return false;
    left_.remove_prefix(expected.size());
    return true;
  }

  bool number() {
    const JsonNumber found = json_number_at(left_);
    left_.remove_prefix(found.length);
    if (found.count) {
      handler_.count(*found.count);
    } else {
      handler_.other_scalar();
    }
    return found.length > 0;
  }

  std::string_view left_;
  Handler& handler_;
  std::size_t depth_ = 0;
  std::uint64_t objects_ = 0;  // a bit for each open container, the innermost lowest: no list
  bool just_opened_ = false;
  std::string unescaped_;
};

}  // namespace proctor::backends
