#include "backends/engine/tokenizer/detokenizer.h"

#include <doctest/doctest.h>

#include "backends/engine/tokenizer/utf8.h"
#include "tests/backends/engine/tokenizer/fixture.h"
#include "tests/backends/engine/tokenizer/reference.h"

using namespace proctor::engine;

namespace {

// Tokens of the parts of a euro sign and of an emoji, besides all bytes.
Fixture split_characters() {
  return {.added = {{.id = 300, .text = "<end>", .special = true}, {.id = 301, .text = "</think>"}},
          .tokens = {"\xE2\x82", "\x82\xAC", "\x9F\x98", "x\xF0\x9F", "\x80y", "\xAC\xE2"}};
}

std::string streamed(const Tokenizer& tokenizer, std::span<const std::int32_t> ids, bool skip) {
  Detokenizer stream(tokenizer, skip);
  std::string all;
  for (const std::int32_t id : ids) {
    const std::string text = stream.push(id);
    CHECK(valid_utf8_prefix(text) == text.size());
    all += text;
  }
  return all + stream.flush();
}

}  // namespace

TEST_CASE("a character split over tokens comes with its last") {
  const Tokenizer tokenizer = fixture_tokenizer(split_characters());
  const std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  Detokenizer stream(tokenizer);
  std::vector<std::string> texts;
  for (const char byte : text) texts.push_back(stream.push(static_cast<unsigned char>(byte)));
  CHECK(texts == std::vector<std::string>{"a", "", "\u00E9", "", "", "\u20AC", "", "", "",
                                          "\U0001F600", "z"});
  CHECK(stream.flush().empty());
}

TEST_CASE("what never becomes a character is replaced") {
  const Tokenizer tokenizer = fixture_tokenizer(split_characters());
  Detokenizer stream(tokenizer);
  CHECK(stream.push(0xE2).empty());
  CHECK(stream.push(0x82).empty());
  CHECK(stream.push('x') == "\uFFFDx");
  CHECK(stream.push(0x80) == "\uFFFD");
  CHECK(stream.push(0xF0).empty());
  CHECK(stream.flush() == "\uFFFD");
  CHECK(stream.flush().empty());
  CHECK(stream.push('y') == "y");
}

TEST_CASE("every way of cutting a text into tokens streams to the same text") {
  const Tokenizer tokenizer = fixture_tokenizer(split_characters());
  const std::string text = "\xE2\x82\xAC\xE2\x82\xACx\xF0\x9F\x98\x80y";
  std::size_t ways = 0;
  std::vector<std::int32_t> ids;
  const auto continue_from = [&](const auto& self, std::size_t at) -> void {
    if (at == text.size()) {
      ++ways;
      REQUIRE(streamed(tokenizer, ids, false) == text);
      REQUIRE(tokenizer.decode(ids, false) == text);
    }
    for (std::size_t length = 1; at + length <= text.size(); ++length) {
      const auto id = tokenizer.id_of(std::string_view(text).substr(at, length));
      if (!id) continue;
      ids.push_back(*id);
      self(self, at + length);
      ids.pop_back();
    }
  };
  continue_from(continue_from, 0);
  CHECK(ways > 50);
}

TEST_CASE("any tokens in any order stream to what decode makes of them") {
  const Tokenizer tokenizer = fixture_tokenizer(split_characters());
  std::mt19937_64 random(6);
  constexpr std::int32_t kIds[] = {'a', 0x80, 0x82, 0x98, 0xAC, 0xC3, 0xE2, 0xF0,    0xFF, 256,
                                   257, 258,  259,  260,  261,  300,  301,  100'000, -1};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::int32_t> ids;
    for (std::size_t left = random() % 10; left > 0; --left) {
      ids.push_back(kIds[random() % std::size(kIds)]);
    }
    for (const bool skip : {false, true}) {
      REQUIRE(streamed(tokenizer, ids, skip) == tokenizer.decode(ids, skip));
    }
  }
}
