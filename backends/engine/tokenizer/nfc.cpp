#include "backends/engine/tokenizer/nfc.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "backends/engine/tokenizer/unicode_tables.h"
#include "backends/engine/tokenizer/utf8.h"

namespace proctor::engine {
namespace {

// Conjoining Jamo (Unicode Standard, section 3.12).
constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr char32_t kLeadCount = 19, kVowelCount = 21, kTailCount = 28;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTailCount;

struct Mark {
  char32_t code;
  std::uint8_t combining_class;
};

std::uint8_t combining_class(char32_t code) {
  const std::span ranges(kCombiningRanges, kCombiningRangeCount);
  const auto range = std::ranges::lower_bound(ranges, code, {}, &CombiningRange::last);
  return range != ranges.end() && range->first <= code ? range->combining_class : std::uint8_t{0};
}

void decompose(char32_t code, std::vector<Mark>& out) {
  if (code - kSyllables < kSyllableCount) {
    const char32_t syllable = code - kSyllables;
    out.push_back({kLeads + syllable / (kVowelCount * kTailCount), 0});
    out.push_back({kVowels + syllable / kTailCount % kVowelCount, 0});
    if (syllable % kTailCount != 0) out.push_back({kTails + syllable % kTailCount, 0});
    return;
  }
  const std::span table(kDecompositions, kDecompositionCount);
  const auto entry = std::ranges::lower_bound(table, code, {}, &Decomposition::code);
  if (entry == table.end() || entry->code != code) {
    out.push_back({code, combining_class(code)});
    return;
  }
  decompose(entry->first, out);
  if (entry->second != 0) decompose(entry->second, out);
}

// Canonical ordering: each run of marks sorted by its classes, equal ones as they stood.
void sort_marks(std::vector<Mark>& text) {
  const auto is_mark = [](const Mark& mark) { return mark.combining_class != 0; };
  for (auto at = text.begin(); at != text.end();) {
    const auto first = std::find_if(at, text.end(), is_mark);
    at = std::find_if_not(first, text.end(), is_mark);
    std::ranges::stable_sort(first, at, {}, &Mark::combining_class);
  }
}

// The composite of two characters, or 0.
char32_t composite(char32_t first, char32_t second) {
  if (first - kLeads < kLeadCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kLeads) * kVowelCount + (second - kVowels)) * kTailCount;
  }
  if (first - kSyllables < kSyllableCount && (first - kSyllables) % kTailCount == 0 &&
      second - kTails - 1 < kTailCount - 1) {
    return first + (second - kTails);
  }
  const std::span table(kCompositions, kCompositionCount);
  const auto entry = std::ranges::lower_bound(table, std::tuple(first, second), {}, [](auto& row) {
    return std::tuple(row.first, row.second);
  });
  const bool found = entry != table.end() && entry->first == first && entry->second == second;
  return found ? entry->composed : 0;
}

// Canonical composition: each character joins the last starter unless one between them blocks it,
// being a starter or of a class not lower than its own.
void compose(std::vector<Mark>& text) {
  std::size_t size = 0;  // of what is composed so far, in place
  std::size_t starter = text.size();
  for (const Mark next : text) {
    if (starter < size) {
      const bool adjacent = size == starter + 1;
      const bool blocked = !adjacent && text[size - 1].combining_class >= next.combining_class;
      const char32_t joined = blocked ? 0 : composite(text[starter].code, next.code);
      if (joined != 0) {
        text[starter].code = joined;
        continue;
      }
    }
    if (next.combining_class == 0) starter = size;
    text[size++] = next;
  }
  text.resize(size);
}

// `part` begins with a character that NFC joins to nothing before it, and so does what follows it.
void append_normalized(std::string_view part, std::string& out) {
  std::vector<Mark> text;
  for (std::size_t at = 0; at < part.size();) {
    const Utf8Char next = valid_utf8_char_at(part, at);
    decompose(next.code, text);
    at += next.length;
  }
  sort_marks(text);
  compose(text);
  for (const Mark& mark : text) append_utf8(mark.code, out);
}

// A part of the text that NFC may change: from the character before the first that it affects, if
// there is one, to the next that it does not.
struct Affected {
  std::size_t begin, end;
};

Affected next_affected(std::string_view text, std::size_t from) {
  std::size_t before = from;  // the last character seen
  std::size_t at = from;
  while (true) {
    const std::size_t ascii_end = after_ascii(text, at);  // NFC leaves ASCII as it is
    if (ascii_end > at) before = ascii_end - 1;
    at = ascii_end;
    if (at == text.size()) return {at, at};
    const Utf8Char next = valid_utf8_char_at(text, at);
    if (nfc_affects(next.code)) break;
    before = at;
    at += next.length;
  }
  while (at < text.size()) {
    const Utf8Char next = valid_utf8_char_at(text, at);
    if (!nfc_affects(next.code)) break;
    at += next.length;
  }
  return {before, at};
}

}  // namespace

std::optional<std::string> normalize_nfc(std::string_view text) {
  Affected part = next_affected(text, 0);
  if (part.begin == text.size()) return std::nullopt;
  std::string normalized;
  normalized.reserve(text.size());
  std::size_t done = 0;
  while (done < text.size()) {
    normalized += text.substr(done, part.begin - done);
    append_normalized(text.substr(part.begin, part.end - part.begin), normalized);
    done = part.end;
    part = next_affected(text, done);
  }
  return normalized;
}

}  // namespace proctor::engine
