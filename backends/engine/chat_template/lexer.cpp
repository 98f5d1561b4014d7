#include "backends/engine/chat_template/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "backends/engine/chat_template/string_escapes.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c); }

// \n for every line end, and without one at the very end.
std::string normalized(std::string_view source) {
  std::string result;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      result += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      result += source[i];
    }
  }
  if (result.ends_with('\n')) result.pop_back();
  return result;
}

// The bytes of a digit group of the base, "1_000", at the front of `text`; digits may follow an
// underscore only one by one.
std::size_t digits_at(std::string_view text, int base) {
  const auto digit = [&](std::size_t i) {
    if (i >= text.size()) return false;
    const char c = static_cast<char>(text[i] | 0x20);
    if (base == 16 && c >= 'a' && c <= 'f') return true;
    return is_digit(text[i]) && text[i] - '0' < base;
  };
  std::size_t size = 0;
  while (digit(size) || (size > 0 && size < text.size() && text[size] == '_' && digit(size + 1))) {
    size += digit(size) ? 1 : 2;
  }
  return size;
}

std::string without_underscores(std::string_view digits) {
  std::string plain(digits);
  std::erase(plain, '_');
  return plain;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalized(source)) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) {
      if (const Result<void> done = text_and_tag(); !done) {
        return done.error().within(std::to_string(line_));
      }
    }
    add(Token::Kind::end);
    return std::move(tokens_);
  }

 private:
  using Kind = Token::Kind;

  std::string_view rest() const { return std::string_view(source_).substr(at_); }
  bool at(std::string_view text) const { return rest().starts_with(text); }

  Error wrong(std::string message) const {
    return Error(ErrorCode::invalid_input, std::move(message));
  }

  void advance(std::size_t size) {
    const auto from = source_.begin() + static_cast<std::ptrdiff_t>(at_);
    line_ += static_cast<int>(std::count(from, from + static_cast<std::ptrdiff_t>(size), '\n'));
    at_ += size;
    line_starting_ = size > 0 && source_[at_ - 1] == '\n';
  }

  Token& add(Kind kind, std::string_view text = {}) {
    Token token;
    token.kind = kind;
    token.line = line_;
    token.text = text;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  void skip_space() { advance(rest().size() - strip(rest(), Side::left).size()); }

  // The end of `{% raw %}` if one begins at `from`: its size, or 0.
  std::size_t raw_tag(std::size_t from, std::string_view word) const {
    std::string_view text = std::string_view(source_).substr(from);
    const std::size_t all = text.size();
    text.remove_prefix(2);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    text = strip(text, Side::left);
    if (!text.starts_with(word)) return 0;
    text = strip(text.substr(word.size()), Side::left);
    const bool ends_raw = word == "endraw";
    if (text.starts_with("-%}")) {
      text = strip(text.substr(3), Side::left);
    } else if (text.starts_with("%}")) {
      text.remove_prefix(2);
      if (ends_raw && text.starts_with('\n')) text.remove_prefix(1);
    } else if (ends_raw && text.starts_with("+%}")) {
      text.remove_prefix(3);
    } else {
      return 0;
    }
    return all - text.size();
  }

  // Adds the text up to `tag`, the place of an opening tag whose sign is `sign`.
  void add_data(std::size_t tag, char sign, bool prints) {
    std::string_view text = std::string_view(source_).substr(at_, tag - at_);
    if (sign == '-') {
      text = strip(text, Side::right);
    } else if (sign != '+' && !prints) {
      const std::size_t newline = text.rfind('\n');
      const std::size_t last_line = newline == std::string_view::npos ? 0 : newline + 1;
      const bool at_start = last_line > 0 || line_starting_;
      if (at_start && strip(text.substr(last_line), Side::left).empty()) {
        text = text.substr(0, last_line);
      }
    }
    if (!text.empty()) add(Kind::data, text);
    advance(tag - at_);
  }

  char sign_at(std::size_t place) const {
    const char c = place < source_.size() ? source_[place] : '\0';
    return c == '-' || c == '+' ? c : '\0';
  }

  Result<void> text_and_tag() {
    std::size_t tag = at_;
    while (true) {
      tag = source_.find('{', tag);
      if (tag == std::string::npos || tag + 1 >= source_.size()) {
        add(Kind::data, rest());
        advance(rest().size());
        return {};
      }
      const char second = source_[tag + 1];
      if (second == '{' || second == '%' || second == '#') break;
      ++tag;
    }
    const char second = source_[tag + 1];
    const char sign = sign_at(tag + 2);
    add_data(tag, sign, second == '{');
    if (second == '%') {
      if (const std::size_t size = raw_tag(tag, "raw"); size > 0) return raw_block(size);
    }
    const Kind kind = second == '{' ? Kind::print_begin : Kind::block_begin;
    if (second != '#') add(kind);
    advance(sign == '\0' ? 2 : 3);
    if (second == '#') return comment();
    return second == '{' ? tag_tokens("}}", Kind::print_end) : tag_tokens("%}", Kind::block_end);
  }

  Result<void> raw_block(std::size_t open) {
    advance(open);
    std::size_t tag = at_;
    while ((tag = source_.find("{%", tag)) != std::string::npos) {
      const std::size_t close = raw_tag(tag, "endraw");
      if (close > 0) {
        add_data(tag, sign_at(tag + 2), false);
        advance(close);
        return {};
      }
      ++tag;
    }
    return wrong("a raw block is never closed");
  }

  Result<void> comment() {
    const std::size_t close = source_.find("#}", at_);
    if (close == std::string::npos) return wrong("a comment is never closed");
    const char sign = close > at_ ? source_[close - 1] : '\0';
    advance(close + 2 - at_);
    if (sign == '-') {
      skip_space_after_tag();
    } else if (sign != '+' && at("\n")) {
      advance(1);
    }
    return {};
  }

  // White space that belongs to the tag before it: whether a line starts is seen after both.
  void skip_space_after_tag() {
    const bool before = line_starting_;
    const std::size_t size = rest().size() - strip(rest(), Side::left).size();
    advance(size);
    if (size == 0) line_starting_ = before;
  }

  // Everything up to the tag's end. A closing mark inside brackets is read as operators.
  Result<void> tag_tokens(std::string_view close, Kind end) {
    while (at_ < source_.size()) {
      if (brackets_.empty() && close_tag(close, end)) return {};
      if (const Result<void> done = one_token(); !done) return done;
    }
    return wrong("the tag is never closed");
  }

  bool close_tag(std::string_view close, Kind end) {
    const bool minus = at("-" + std::string(close));
    const bool plus = end == Kind::block_end && at("+" + std::string(close));
    if (!minus && !plus && !at(close)) return false;
    add(end);
    advance(close.size() + (minus || plus ? 1 : 0));
    if (minus) {
      skip_space_after_tag();
    } else if (!plus && end == Kind::block_end && at("\n")) {
      advance(1);
    }
    return true;
  }

  Result<void> one_token() {
    std::string_view after = rest();
    if (is_space(take_code_point(after))) {
      skip_space();
      return {};
    }
    const char c = rest()[0];
    if (is_digit(c)) return number();
    if (starts_name(c)) return name();
    if (c == '"' || c == '\'') return literal(c);
    return symbol();
  }

  Result<void> name() {
    std::size_t size = 1;
    while (size < rest().size() && continues_name(rest()[size])) ++size;
    if (size < rest().size() && static_cast<unsigned char>(rest()[size]) >= 0x80) {
      return wrong("names of other letters than a to z are not supported");
    }
    add(Kind::name, rest().substr(0, size));
    advance(size);
    return {};
  }

  // A float's size at the front, or 0 if there is none: digits with a fraction, an exponent or
  // both.
  std::size_t float_size() const {
    if (at_ > 0 && source_[at_ - 1] == '.') return 0;  // the second number of a.0.1
    const std::string_view text = rest();
    const std::size_t whole = digits_at(text, 10);
    std::size_t size = whole;
    if (size < text.size() && text[size] == '.') {
      const std::size_t fraction = digits_at(text.substr(size + 1), 10);
      if (fraction > 0) size += 1 + fraction;
    }
    if (size < text.size() && (text[size] | 0x20) == 'e') {
      std::size_t exponent = size + 1;
      if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
      const std::size_t power = digits_at(text.substr(std::min(exponent, text.size())), 10);
      if (power > 0) size = exponent + power;
    }
    return size > whole ? size : 0;
  }

  Result<void> number() {
    if (const std::size_t size = float_size(); size > 0) {
      const std::string digits = without_underscores(rest().substr(0, size));
      Token& token = add(Kind::real, digits);
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
      // Infinity or zero, as in Python.
      if (read.ec != std::errc()) token.real = std::strtod(digits.c_str(), nullptr);
      advance(size);
      return {};
    }
    const std::string_view text = rest();
    const char mark = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
    int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    std::size_t prefix = base == 10 ? 0 : 2;
    std::size_t size = digits_at(text.substr(prefix), base);
    if (prefix > 0 && size == 0) {
      base = 10;  // "0x" is 0 and a name
      prefix = 0;
      size = 1;
    } else if (base == 10 && text[0] == '0') {
      size = 1;  // "012" is 0 and 12; more zeros are the one number 0
      while (size < text.size() && text[size] == '0') ++size;
    }
    const std::string digits = without_underscores(text.substr(prefix, size));
    Token& token = add(Kind::integer, text.substr(0, prefix + size));
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.integer, base);
    if (read.ec != std::errc()) return wrong("the number " + digits + " does not fit 64 bits");
    advance(prefix + size);
    return {};
  }

  Result<void> symbol() {
    constexpr std::string_view kSymbols[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                             "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                             ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const auto* found =
        std::find_if(std::begin(kSymbols), std::end(kSymbols), [&](auto text) { return at(text); });
    if (found == std::end(kSymbols)) {
      std::string_view after = rest();
      take_code_point(after);
      const std::string_view odd = rest().substr(0, rest().size() - after.size());
      return wrong("unexpected character " + text_of(odd));
    }
    if (const Result<void> done = balance((*found)[0]); !done) return done;
    add(Kind::symbol, *found);
    advance(found->size());
    return {};
  }

  static std::string text_of(std::string_view character) {
    return "'" + std::string(character) + "'";
  }

  Result<void> balance(char c) {
    if (c == '(') brackets_.push_back(')');
    if (c == '[') brackets_.push_back(']');
    if (c == '{') brackets_.push_back('}');
    if (c != ')' && c != ']' && c != '}') return {};
    if (brackets_.empty() || brackets_.back() != c) {
      return wrong("unexpected " + text_of(std::string_view(&c, 1)));
    }
    brackets_.pop_back();
    return {};
  }

  Result<void> literal(char quote) {
    std::size_t end = 1;
    while (end < rest().size() && rest()[end] != quote) end += rest()[end] == '\\' ? 2 : 1;
    if (end >= rest().size()) return wrong("a string is never closed");
    const Result<std::string> value = unescape(rest().substr(1, end - 1));
    if (!value) return value.error();
    add(Kind::text, *value);
    advance(end + 1);
    return {};
  }

  const std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;   // what came last ended a line
  std::vector<char> brackets_;  // the closing ones that are awaited
  std::vector<Token> tokens_;
};

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case Token::Kind::data:
      return "text";
    case Token::Kind::print_begin:
      return "'{{'";
    case Token::Kind::print_end:
      return "'}}'";
    case Token::Kind::block_begin:
      return "'{%'";
    case Token::Kind::block_end:
      return "'%}'";
    case Token::Kind::text:
      return "a string";
    case Token::Kind::end:
      return "the end of the template";
    default:
      return "'" + token.text + "'";
  }
}

Result<std::vector<Token>> tokenize(std::string_view source) {
  if (!valid_utf8(source)) return Error(ErrorCode::invalid_input, "not valid UTF-8");
  return Lexer(source).run();
}

}  // namespace proctor::engine
