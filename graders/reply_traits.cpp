#include "graders/reply_traits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "graders/think.h"

namespace proctor::graders {
namespace {

// FNV-1a, 64 bits (draft-eastlake-fnv, section 5), eight bytes a step: equal texts are what is to
// be found, not enemies.
class Hash {
 public:
  void take(std::string_view text) {
    while (text.size() >= 8) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
      }
      mix(word);
      text.remove_prefix(8);
    }
    for (const char byte : text) mix(static_cast<unsigned char>(byte));
    mix(0x100);  // the text ends here: "ab" and "c" are not "a" and "bc"
  }
  std::uint64_t value() const { return value_; }

 private:
  void mix(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x100000001b3;
    value_ ^= value_ >> 32;  // high bits reach the low ones, which a step of eight bytes needs
  }

  std::uint64_t value_ = 0xcbf29ce484222325;
};

enum Script { kNone, kLatin, kCyrillic, kHebrew, kArabic, kIndian, kThai, kEastAsian, kScripts };

struct Block {
  char32_t first, last;
  Script script;
};

// Unicode 15 blocks (Blocks.txt) with the letters of these scripts, ascending.
constexpr Block kBlocks[] = {
    {0x00C0, 0x024F, kLatin},      {0x0400, 0x052F, kCyrillic},  {0x0590, 0x05FF, kHebrew},
    {0x0600, 0x06FF, kArabic},     {0x0750, 0x077F, kArabic},    {0x0900, 0x0DFF, kIndian},
    {0x0E00, 0x0EFF, kThai},       {0x1100, 0x11FF, kEastAsian}, {0x1E00, 0x1EFF, kLatin},
    {0x3040, 0x30FF, kEastAsian},  {0x3100, 0x31BF, kEastAsian}, {0x3400, 0x4DBF, kEastAsian},
    {0x4E00, 0x9FFF, kEastAsian},  {0xA960, 0xA97F, kEastAsian}, {0xAC00, 0xD7FF, kEastAsian},
    {0xF900, 0xFAFF, kEastAsian},  {0xFB50, 0xFDFF, kArabic},    {0xFE70, 0xFEFF, kArabic},
    {0x20000, 0x3FFFF, kEastAsian}};

Script script_of(char32_t letter) {
  if (letter < 0x80) {
    const char32_t lower = letter | 0x20;
    return lower >= 'a' && lower <= 'z' ? kLatin : kNone;
  }
  const Block* block =
      std::lower_bound(std::begin(kBlocks), std::end(kBlocks), letter,
                       [](const Block& range, char32_t value) { return range.last < value; });
  return block != std::end(kBlocks) && letter >= block->first ? block->script : kNone;
}

// The character at `place`, which moves past it; zero for a byte that begins none.
char32_t next_character(std::string_view text, std::size_t& place) {
  const auto lead = static_cast<unsigned char>(text[place++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0) return 0;
  char32_t character = lead & (0x3FU >> more);
  for (int i = 0; i < more; ++i) {
    if (place == text.size()) return 0;
    const auto byte = static_cast<unsigned char>(text[place]);
    if ((byte & 0xC0) != 0x80) return 0;
    character = (character << 6) | (byte & 0x3FU);
    ++place;
  }
  return character;
}

using Letters = std::array<std::size_t, kScripts>;

void count_letters(std::string_view text, Letters& letters) {
  for (std::size_t place = 0; place < text.size();) {
    ++letters[static_cast<std::size_t>(script_of(next_character(text, place)))];
  }
}

bool strange_to(std::string_view question, const Letters& letters) {
  constexpr std::size_t kFewest = 20;
  constexpr std::size_t kOneIn = 50;
  Letters asked{};
  count_letters(question, asked);
  std::size_t all = 0;
  for (std::size_t script = kLatin; script < kScripts; ++script) all += letters[script];
  for (std::size_t script = kLatin + 1; script < kScripts; ++script) {
    const std::size_t here = letters[script];
    if (asked[script] == 0 && here >= kFewest && here * kOneIn >= all) return true;
  }
  return false;
}

}  // namespace

bool ends_in_loop(std::string_view text) {
  constexpr std::size_t kSeen = 4096;
  constexpr std::size_t kShortest = 512;
  constexpr std::size_t kCopies = 8;
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), kSeen));
  // Borders of the prefixes of the reversed tail (Knuth, Morris and Pratt 1977): a prefix of length
  // n with a border of length b has the period n - b.
  const std::string reversed(tail.rbegin(), tail.rend());
  std::vector<std::size_t> border(reversed.size() + 1);
  std::size_t length = 0;
  for (std::size_t end = 1; end < reversed.size(); ++end) {
    while (length > 0 && reversed[end] != reversed[length]) length = border[length];
    if (reversed[end] == reversed[length]) ++length;
    border[end + 1] = length;
    const std::size_t prefix = end + 1;
    if (prefix >= kShortest && prefix >= kCopies * (prefix - length)) return true;
  }
  return false;
}

bool mixes_scripts(std::string_view question, std::string_view text) {
  Letters letters{};
  count_letters(text, letters);
  return strange_to(question, letters);
}

ReplyTraits reply_traits(const Question& question, const Generation& reply, bool think_prefilled) {
  Hash hash;
  hash.take(reply.reasoning);
  hash.take(reply.text);
  Letters letters{};
  count_letters(reply.reasoning, letters);
  count_letters(reply.text, letters);
  const std::string_view end = reply.text.empty() ? reply.reasoning : reply.text;
  const std::size_t answer = split_thinking(reply, think_prefilled).answer.begin;
  return {.hash = hash.value(),
          .text_bytes = static_cast<std::int64_t>(reply.text.size()),
          .reasoning_bytes = static_cast<std::int64_t>(reply.reasoning.size()),
          .thinking_bytes = static_cast<std::int64_t>(reply.reasoning.size() + answer),
          .loops = ends_in_loop(end),
          .mixes_scripts = strange_to(question.text, letters)};
}

}  // namespace proctor::graders
