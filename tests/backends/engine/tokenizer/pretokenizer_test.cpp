#include "backends/engine/tokenizer/pretokenizer.h"

#include <doctest/doctest.h>

#include "backends/engine/tokenizer/unicode_tables.h"
#include "tests/backends/engine/tokenizer/reference.h"

using namespace proctor::engine;

namespace {

constexpr SplitRule kQwen2{.max_digits = 1};
constexpr SplitRule kLlama3{.max_digits = 3};

std::vector<std::string> pieces(std::string_view text, const SplitRule& rule) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at, rule);
    REQUIRE(end > at);
    all.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return all;
}

}  // namespace

TEST_CASE("texts are cut as the expression says") {
  struct Row {
    const char* text;
    std::vector<std::string> cut;
  };
  const Row kRows[] = {
      {"", {}},
      {"Hello, world!", {"Hello", ",", " world", "!"}},
      {"it's WE'LL he'D", {"it", "'s", " WE", "'LL", " he", "'D"}},
      {"'\u017Fo", {"'\u017F", "o"}},  // the long s folds to s
      {"'\u212A", {"'\u212A"}},        // and the Kelvin sign to k, which contracts nothing
      {"'r 'l 'sx", {"'r", " '", "l", " '", "sx"}},
      {"$x", {"$x"}},  // one symbol goes with the word
      {"$$x", {"$$", "x"}},
      {"  a", {" ", " a"}},  // the run gives up its last space
      {"  1", {" ", " ", "1"}},
      {"  ", {"  "}},
      {"a  ", {"a", "  "}},
      {" \n \n x", {" \n \n", " x"}},
      {"\n\n  ", {"\n\n", "  "}},
      {"a\r\n\r\nb", {"a", "\r\n\r\n", "b"}},
      {"!\n\nx", {"!\n\n", "x"}},  // line breaks go with symbols
      {"\tx", {"\tx"}},
      {"\nx", {"\n", "x"}},
      {" !", {" !"}},
      {"\t!", {"\t", "!"}},
      {"\u3000\u3000x", {"\u3000", "\u3000x"}},
      {"\u00A0\u0085 ", {"\u00A0\u0085 "}},  // white space all
      {"a\u001Cb", {"a", "\u001Cb"}},        // not white space
      {" \u001C", {" \u001C"}},
      {"e\u0301x", {"e", "\u0301x"}},  // a mark is a symbol
      {"\u00BD\u00B2", {"\u00BD", "\u00B2"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(pieces(row.text, kQwen2) == row.cut);
    CHECK(reference_pieces(row.text, 1) == row.cut);
  }
}

TEST_CASE("Llama 3 keeps three digits together and Qwen2 none") {
  using Pieces = std::vector<std::string>;
  CHECK(pieces("12345x", kLlama3) == Pieces{"123", "45", "x"});
  CHECK(pieces("12345x", kQwen2) == Pieces{"1", "2", "3", "4", "5", "x"});
  CHECK(pieces("\u00BD\u00B2\u21631", kLlama3) == Pieces{"\u00BD\u00B2\u2163", "1"});
}

TEST_CASE("code points have the kind of Unicode 16") {
  struct Row {
    char32_t code;
    CharKind kind;
  };
  constexpr Row kRows[] = {
      {'a', CharKind::letter},     {'1', CharKind::number},     {' ', CharKind::space},
      {'_', CharKind::other},      {0x85, CharKind::space},     {0xA0, CharKind::space},
      {0x1C, CharKind::other},     {0x200B, CharKind::other},   {0x180E, CharKind::other},
      {0x3000, CharKind::space},   {0x2028, CharKind::space},   {0xBD, CharKind::number},
      {0x2163, CharKind::number},  {0x301, CharKind::other},    {0x4E00, CharKind::letter},
      {0x10D40, CharKind::number}, {0x1C89, CharKind::letter},  // new in 16.0
      {0x2FA1F, CharKind::other},  {0x10FFFF, CharKind::other}, {0x1F600, CharKind::other},
      {0x0, CharKind::other},      {0xE000, CharKind::other},   {0xAC00, CharKind::letter},
      {0x323AF, CharKind::letter}, {0x323B0, CharKind::other},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.code);
    CHECK(char_kind(row.code) == row.kind);
  }
}

TEST_CASE("random texts are cut as by the expression itself") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random_text(random, 24);
    CAPTURE(text);
    REQUIRE(pieces(text, kQwen2) == reference_pieces(text, 1));
    REQUIRE(pieces(text, kLlama3) == reference_pieces(text, 3));
  }
}

TEST_CASE("only the two expressions are known") {
  CHECK(!split_rule_of(""));
  CHECK(!split_rule_of(R"(\s+)"));
  CHECK(!split_rule_of(
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"));
}
