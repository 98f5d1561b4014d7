#include "backends/engine/tokenizer/utf8.h"

#include <doctest/doctest.h>

#include <random>

using namespace proctor::engine;

TEST_CASE("what is not UTF-8 becomes one replacement for each start of a character") {
  struct Row {
    const char *text, *mended;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"plain", "plain"},
      {"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
      {"\xC3", "\uFFFD"},
      {"\xE2\x82", "\uFFFD"},  // one start of three bytes, two of them there
      {"\xE2\x82z", "\uFFFDz"},
      {"\xF0\x9F\x98\xC3\xA9", "\uFFFD\u00E9"},
      {"\x80\x80", "\uFFFD\uFFFD"},  // bytes that start nothing, each by itself
      {"\xC0\xAF", "\uFFFD\uFFFD"},  // overlong
      {"\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
      {"\xFF"
       "a\xFE",
       "\uFFFD"
       "a\uFFFD"},
      {"12345678\xFF"
       "12345678",
       "12345678\uFFFD12345678"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(mended_utf8(row.text) == row.mended);
    CHECK(mended_utf8(row.mended) == row.mended);
    CHECK((valid_utf8_prefix(row.text) == std::string_view(row.text).size()) ==
          (std::string_view(row.text) == row.mended));
  }
}

TEST_CASE("every code point comes back as it was written") {
  for (char32_t code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 97) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string text;
    append_utf8(code, text);
    const Utf8Char read = utf8_char_at(text, 0);
    REQUIRE(read.code == code);
    REQUIRE(read.length == text.size());
    REQUIRE(read.state == Utf8::valid);
    REQUIRE(valid_utf8_char_at(text, 0).code == code);
  }
}

TEST_CASE("the start of a character is incomplete only at the end of the text") {
  CHECK(utf8_char_at("\xF0\x9F\x98", 0).state == Utf8::incomplete);
  CHECK(utf8_char_at("\xF0\x9F\x98", 0).length == 3);
  CHECK(utf8_char_at("\xF0\x9F\x98x", 0).state == Utf8::invalid);
  CHECK(utf8_char_at("\xF0\x9F\x98x", 0).length == 3);
  CHECK(utf8_char_at("\xF0\x80", 0).state == Utf8::invalid);
  CHECK(utf8_char_at("x\xE2", 1).state == Utf8::incomplete);
}

TEST_CASE("mending random bytes gives UTF-8 and keeps what was UTF-8") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (std::size_t left = random() % 12; left > 0; --left) {
      constexpr unsigned char kBytes[] = {'a',  0x80, 0x9F, 0xA0, 0xBF,
                                          0xC2, 0xE0, 0xED, 0xF0, 0xF4};
      bytes += static_cast<char>(kBytes[random() % std::size(kBytes)]);
    }
    const std::string mended = mended_utf8(bytes);
    REQUIRE(valid_utf8_prefix(mended) == mended.size());
    REQUIRE((mended == bytes) == (valid_utf8_prefix(bytes) == bytes.size()));
  }
}
