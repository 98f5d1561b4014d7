#include "backends/engine/tokenizer/nfc.h"

#include <doctest/doctest.h>

#include "backends/engine/tokenizer/unicode_tables.h"
#include "backends/engine/tokenizer/utf8.h"
#include "tests/backends/engine/tokenizer/reference.h"

using namespace proctor::engine;

namespace {

std::string nfc(const std::string& text) { return normalize_nfc(text).value_or(text); }

}  // namespace

TEST_CASE("texts come into normal form C") {
  struct Row {
    const char *text, *normal;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"plain", "plain"},
      {"e\u0301", "\u00E9"},
      {"\u00E9", "\u00E9"},
      {"e\u0301e\u0301 x", "\u00E9\u00E9 x"},
      {"\u0301e", "\u0301e"},              // a mark with nothing before it
      {"a\u0323\u0302", "\u1EAD"},         // joins twice
      {"a\u0302\u0323", "\u1EAD"},         // in the other order
      {"a\u0301\u0302", "\u00E1\u0302"},   // same class: the second is blocked
      {"q\u0307\u0323", "q\u0323\u0307"},  // ordered, though nothing joins
      {"\u212B", "\u00C5"},                // the angstrom sign is a letter
      {"\u2126", "\u03A9"},
      {"\u0344", "\u0308\u0301"},  // excluded from composition
      {"\u0958", "\u0915\u093C"},
      {"\uFB1D", "\u05D9\u05B4"},
      {"\u1100\u1161", "\uAC00"},
      {"\u1100\u1161\u11A8", "\uAC01"},
      {"\uAC00\u11A8", "\uAC01"},
      {"\uAC01\u11A8", "\uAC01\u11A8"},  // full already
      {"\uAC00\u11A7", "\uAC00\u11A7"},  // not a final
      {"\u1113\u1161", "\u1113\u1161"},  // not a modern lead
      {"\u09C7\u09BE", "\u09CB"},        // two starters that join
      {"\u09C7\u0981\u09BE", "\u09C7\u0981\u09BE"},
      {"\U0002F800", "\u4E3D"},
      {"\U0001D15E", "\U0001D157\U0001D165"},
      {"\u1E9B\u0323", "\u1E9B\u0323"},
      {"\uFF21\uFB01\u00BD", "\uFF21\uFB01\u00BD"},  // compatibility characters stay
      // Characters newer than Unicode 9.0 join nothing and keep their place.
      {"\U00011935\U00011930", "\U00011935\U00011930"},
      {"a\u0345\u1AC1", "a\u0345\u1AC1"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(nfc(row.text) == row.normal);
    CHECK(nfc(row.normal) == row.normal);
    CHECK(reference_nfc(row.text) == row.normal);
  }
}

TEST_CASE("a text that needs nothing is not copied") {
  for (const char* text : {"", "plain", "\u00E9t\u00E9 \u4E2D\u6587 \U0001F600", "\uAC00\uAC01"}) {
    CAPTURE(text);
    CHECK(!normalize_nfc(text));
  }
  CHECK(normalize_nfc("e\u0301"));
}

TEST_CASE("each code point alone and after a letter is normalised as the reference does") {
  for (char32_t code = 0; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    if (!nfc_affects(code) && code % 61 != 0) continue;
    if (code >= 0xAC00 && code < 0xD7A4 && code % 7 != 0) continue;
    CAPTURE(code);
    std::string text;
    append_utf8(code, text);
    REQUIRE(nfc(text) == reference_nfc(text));
    REQUIRE(nfc("a" + text + "\u0301") == reference_nfc("a" + text + "\u0301"));
  }
}

TEST_CASE("random texts are normalised as the reference does") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random, 12);
    CAPTURE(text);
    REQUIRE(nfc(text) == reference_nfc(text));
  }
}
