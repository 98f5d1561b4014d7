#include "tests/backends/engine/tokenizer/reference.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>

#include "backends/engine/tokenizer/unicode_tables.h"
#include "backends/engine/tokenizer/utf8.h"

namespace proctor::engine {
namespace {

using Class = std::function<bool(char32_t)>;

// A class of characters, so many times; or, with `most` 0, a class that must not come next.
struct Item {
  Class matches;
  std::size_t least = 1, most = 1;
};

constexpr std::size_t kAny = ~std::size_t{0};

bool newline(char32_t code) { return code == '\r' || code == '\n'; }
bool letter(char32_t code) { return char_kind(code) == CharKind::letter; }
bool number(char32_t code) { return char_kind(code) == CharKind::number; }
bool space(char32_t code) { return char_kind(code) == CharKind::space; }
bool not_space(char32_t code) { return !space(code); }
bool symbol(char32_t code) { return !space(code) && !letter(code) && !number(code); }
bool word_start(char32_t code) { return !newline(code) && !letter(code) && !number(code); }

Class one_of(std::u32string codes) {
  return [codes](char32_t code) { return codes.find(code) != codes.npos; };
}

std::vector<std::vector<Item>> alternatives(std::size_t max_digits) {
  const Item quote{one_of(U"'")}, e{one_of(U"eE")}, l{one_of(U"lL")};
  return {
      {quote, {one_of(U"sS\u017F")}},
      {quote, {one_of(U"tT")}},
      {quote, {one_of(U"rR")}, e},
      {quote, {one_of(U"vV")}, e},
      {quote, {one_of(U"mM")}},
      {quote, l, l},
      {quote, {one_of(U"dD")}},
      {{word_start, 0, 1}, {letter, 1, kAny}},
      {{number, 1, max_digits}},
      {{one_of(U" "), 0, 1}, {symbol, 1, kAny}, {newline, 0, kAny}},
      {{space, 0, kAny}, {newline, 1, kAny}},
      {{space, 1, kAny}, {not_space, 0, 0}},
      {{space, 1, kAny}},
  };
}

std::optional<std::size_t> match(std::span<const Item> items, std::u32string_view text,
                                 std::size_t at) {
  if (items.empty()) return at;
  const Item& item = items.front();
  std::size_t most = 0;
  while (most < item.most && at + most < text.size() && item.matches(text[at + most])) ++most;
  if (item.most == 0 && at < text.size() && item.matches(text[at])) return std::nullopt;
  for (std::size_t count = most + 1; count-- > item.least;) {
    if (const auto end = match(items.subspan(1), text, at + count)) return end;
  }
  return std::nullopt;
}

std::string utf8(std::u32string_view codes) {
  std::string text;
  for (const char32_t code : codes) append_utf8(code, text);
  return text;
}

int mark_class(char32_t code) {
  for (const CombiningRange& range : std::span(kCombiningRanges, kCombiningRangeCount)) {
    if (range.first <= code && code <= range.last) return range.combining_class;
  }
  return 0;
}

// One step: UAX #15, and for syllables the Unicode Standard, section 3.12.
std::u32string decomposed_once(char32_t code) {
  if (code >= 0xAC00 && code <= 0xD7A3) {
    const char32_t tail = (code - 0xAC00) % 28;
    if (tail != 0) return {code - tail, 0x11A7 + tail};
    return {0x1100 + (code - 0xAC00) / 588, 0x1161 + (code - 0xAC00) % 588 / 28};
  }
  for (const Decomposition& row : std::span(kDecompositions, kDecompositionCount)) {
    if (row.code != code) continue;
    return row.second != 0 ? std::u32string{row.first, row.second} : std::u32string{row.first};
  }
  return {code};
}

std::u32string decomposed(char32_t code) {
  const std::u32string parts = decomposed_once(code);
  if (parts == std::u32string{code}) return parts;
  std::u32string all;
  for (const char32_t part : parts) all += decomposed(part);
  return all;
}

std::optional<char32_t> composed(char32_t first, char32_t second) {
  const bool lead = first >= 0x1100 && first <= 0x1112,
             vowel = second >= 0x1161 && second <= 0x1175;
  if (lead && vowel) return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28;
  const bool open = first >= 0xAC00 && first <= 0xD7A3 && (first - 0xAC00) % 28 == 0;
  if (open && second >= 0x11A8 && second <= 0x11C2) return first + (second - 0x11A7);
  for (const Composition& row : std::span(kCompositions, kCompositionCount)) {
    if (row.first == first && row.second == second) return row.composed;
  }
  return std::nullopt;
}

// Marks swap with the one before while that has a higher class.
void put_in_order(std::u32string& text) {
  for (std::size_t end = 1; end < text.size(); ++end) {
    for (std::size_t at = end; at > 0; --at) {
      const int before = mark_class(text[at - 1]), here = mark_class(text[at]);
      if (here == 0 || before <= here) break;
      std::swap(text[at - 1], text[at]);
    }
  }
}

// Definition D117: the last starter before, unless something between blocks it.
bool join_with_starter(std::u32string& text, std::size_t at) {
  std::size_t starter = at;
  while (starter > 0 && mark_class(text[starter - 1]) != 0) --starter;
  if (starter == 0) return false;
  --starter;
  for (std::size_t between = starter + 1; between < at; ++between) {
    if (mark_class(text[between]) >= mark_class(text[at])) return false;
  }
  const auto joined = composed(text[starter], text[at]);
  if (!joined) return false;
  text[starter] = *joined;
  text.erase(at, 1);
  return true;
}

}  // namespace

std::vector<std::string> reference_pieces(std::string_view text, std::size_t max_digits) {
  const std::u32string codes = code_points(text);
  const auto rules = alternatives(max_digits);
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < codes.size();) {
    std::optional<std::size_t> end;
    for (std::size_t i = 0; i < rules.size() && !end; ++i) end = match(rules[i], codes, at);
    pieces.push_back(utf8(std::u32string_view(codes).substr(at, end.value() - at)));
    at = *end;
  }
  return pieces;
}

std::vector<std::string> reference_merge(
    std::string_view piece, const std::map<std::pair<std::string, std::string>, int>& ranks) {
  std::vector<std::string> tokens;
  for (const char byte : piece) tokens.emplace_back(1, byte);
  while (true) {
    std::size_t best = 0;
    int lowest = -1;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto rank = ranks.find({tokens[i], tokens[i + 1]});
      if (rank == ranks.end() || (lowest >= 0 && rank->second >= lowest)) continue;
      lowest = rank->second;
      best = i;
    }
    if (lowest < 0) return tokens;
    tokens[best] += tokens[best + 1];
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

std::string reference_nfc(std::string_view text) {
  std::u32string all;
  for (const char32_t code : code_points(text)) all += decomposed(code);
  put_in_order(all);
  for (std::size_t at = 1; at < all.size();) {
    if (!join_with_starter(all, at)) ++at;
  }
  return utf8(all);
}

std::u32string code_points(std::string_view text) {
  std::u32string codes;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char next = utf8_char_at(text, at);
    codes += next.code;
    at += next.length;
  }
  return codes;
}

std::string random_text(std::mt19937_64& random, std::size_t longest) {
  static const std::u32string kUsual =
      U"aabcelmrstvdzAELMRSTVD''''    \n\n\r\t\v.,$-+=(\\{0123456789\u00E9\u017F\u00BD\u00B2\u2163"
      U"\u0301\u0323\u0308\u0345\u0130\u00A0\u3000\u0085\u2028\u001C\u4E00\uAC00\u1100\u1161\u11A8"
      U"\u0627\u0653\u09C7\u09BE\u212B\u0344\uFB1D\U0001F600\U0002F800\U0001D15E\U00010D40";
  std::u32string codes;
  for (std::size_t left = random() % (longest + 1); left > 0; --left) {
    const char32_t anywhere = static_cast<char32_t>(random() % 0x110000);
    const bool usual = random() % 8 != 0 || (anywhere >= 0xD800 && anywhere < 0xE000);
    codes += usual ? kUsual[random() % kUsual.size()] : anywhere;
  }
  return utf8(codes);
}

}  // namespace proctor::engine
