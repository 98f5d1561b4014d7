#include "backends/engine/tokenizer/pretokenizer.h"

#include "backends/engine/tokenizer/unicode_tables.h"
#include "backends/engine/tokenizer/utf8.h"

// The expression is tried at each place in order of its alternatives, each taking all it can:
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)      contraction_end
//   [^\r\n\p{L}\p{N}]?\p{L}+          word_end
//   \p{N} or \p{N}{1,3}               digits_end
//    ?[^\s\p{L}\p{N}]+[\r\n]*         symbols_end
//   \s*[\r\n]+|\s+(?!\S)|\s+          spaces_end
//
// Each function answers the end of its alternative's match at `begin`, or `begin` if there is none.
namespace proctor::engine {
namespace {

constexpr std::string_view kQwen2Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3Regex =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct Char {
  CharKind kind;
  std::size_t length;
};

Char char_at(std::string_view text, std::size_t at) {
  const Utf8Char next = valid_utf8_char_at(text, at);
  return {char_kind(next.code), next.length};
}

std::size_t run_end(std::string_view text, std::size_t at, CharKind kind) {
  while (at < text.size()) {
    const Char next = char_at(text, at);
    if (next.kind != kind) break;
    at += next.length;
  }
  return at;
}

bool is_newline(char byte) { return byte == '\r' || byte == '\n'; }

std::size_t newlines_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_newline(text[at])) ++at;
  return at;
}

std::size_t contraction_end(std::string_view text, std::size_t begin) {
  const auto lower = [&](std::size_t i) {
    return begin + i < text.size() ? static_cast<char>(text[begin + i] | 0x20) : '\0';
  };
  if (text[begin] != '\'') return begin;
  switch (lower(1)) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return begin + 2;
    case 'r':
    case 'v':
      return lower(2) == 'e' ? begin + 3 : begin;
    case 'l':
      return lower(2) == 'l' ? begin + 3 : begin;
    default:
      // The long s, U+017F, which folds to s.
      return text.substr(begin + 1).starts_with("\xC5\xBF") ? begin + 3 : begin;
  }
}

std::size_t word_end(std::string_view text, std::size_t begin, const Char& first) {
  if (first.kind == CharKind::letter) return run_end(text, begin + first.length, CharKind::letter);
  if (first.kind == CharKind::number || is_newline(text[begin])) return begin;
  const std::size_t word = begin + first.length;
  const std::size_t end = run_end(text, word, CharKind::letter);
  return end > word ? end : begin;
}

std::size_t digits_end(std::string_view text, std::size_t begin, std::size_t most) {
  std::size_t at = begin;
  for (std::size_t count = 0; count < most && at < text.size(); ++count) {
    const Char next = char_at(text, at);
    if (next.kind != CharKind::number) break;
    at += next.length;
  }
  return at;
}

std::size_t symbols_end(std::string_view text, std::size_t begin) {
  const std::size_t symbols = text[begin] == ' ' ? begin + 1 : begin;
  const std::size_t end = run_end(text, symbols, CharKind::other);
  return end > symbols ? newlines_end(text, end) : begin;
}

// At a white-space character. The run up to its last line break; or, without one, but for its last
// character, which the next piece begins with; or all of it, at the end of the text or if it is
// that one character.
std::size_t spaces_end(std::string_view text, std::size_t begin) {
  std::size_t after_newline = begin;
  std::size_t last = begin;  // where the last character of the run begins
  std::size_t at = begin;
  while (at < text.size()) {
    const Char next = char_at(text, at);
    if (next.kind != CharKind::space) break;
    last = at;
    at += next.length;
    if (is_newline(text[last])) after_newline = at;
  }
  if (after_newline > begin) return after_newline;
  return at == text.size() || last == begin ? at : last;
}

}  // namespace

std::optional<SplitRule> split_rule_of(std::string_view regex) {
  if (regex == kQwen2Regex) return SplitRule{.max_digits = 1};
  if (regex == kLlama3Regex) return SplitRule{.max_digits = 3};
  return std::nullopt;
}

std::size_t piece_end(std::string_view text, std::size_t begin, const SplitRule& rule) {
  if (const std::size_t end = contraction_end(text, begin); end > begin) return end;
  const Char first = char_at(text, begin);
  if (const std::size_t end = word_end(text, begin, first); end > begin) return end;
  if (first.kind == CharKind::number) return digits_end(text, begin, rule.max_digits);
  if (const std::size_t end = symbols_end(text, begin); end > begin) return end;
  return spaces_end(text, begin);
}

}  // namespace proctor::engine
