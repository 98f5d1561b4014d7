#include "backends/engine/tokenizer/added_tokens.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace proctor::engine;

namespace {

AddedTokens with(const std::vector<std::string>& texts) {
  std::vector<AddedToken> tokens;
  for (const std::string& text : texts) {
    tokens.push_back({.id = static_cast<std::int32_t>(100 + tokens.size()), .text = text});
  }
  return AddedTokens(tokens);
}

// What is found in a text, in brackets.
std::string marked(const AddedTokens& tokens, std::string_view text) {
  std::string out;
  std::size_t done = 0;
  while (const auto found = tokens.find(text, done)) {
    out += text.substr(done, found->begin - done);
    out += "[" + found->token->text + "]";
    CHECK(text.substr(found->begin, found->end - found->begin) == found->token->text);
    done = found->end;
  }
  return out + std::string(text.substr(done));
}

}  // namespace

TEST_CASE("the leftmost token is found and of those that begin there the longest") {
  const AddedTokens tokens =
      with({"<a>", "<a><b>", "<b><c>", "<", "<think>", "\xEF\xBD\x9C", "ab"});
  struct Row {
    const char *text, *marked;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"none > here", "none > here"},
      {"<a>", "[<a>]"},
      {"<a><b>", "[<a><b>]"},
      {"<a><b><c>", "[<a><b>][<]c>"},  // the leftmost, though another would reach further
      {"x<b><c><a>", "x[<b><c>][<a>]"},
      {"<thin<think>", "[<]thin[<think>]"},
      {"<a", "[<]a"},
      {"aab", "a[ab]"},
      {"\xEF\xBD\x9C\xEF\xBD", "[\xEF\xBD\x9C]\xEF\xBD"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(marked(tokens, row.text) == row.marked);
  }
}

TEST_CASE("tokens are found by text and by id") {
  const AddedTokens tokens = with({"b", "a", "ab"});
  CHECK(tokens.with_text("a")->id == 101);
  CHECK(tokens.with_text("") == nullptr);
  CHECK(tokens.with_text("abc") == nullptr);
  CHECK(tokens.with_id(102)->text == "ab");
  CHECK(tokens.with_id(99) == nullptr);
  CHECK(tokens.with_id(103) == nullptr);
  CHECK(!AddedTokens().find("text", 0));
  CHECK(AddedTokens().with_id(0) == nullptr);
}

TEST_CASE("random texts are searched as by trying each token at each place") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 3000; ++round) {
    const auto letters = [&](std::size_t least, std::size_t most) {
      std::string text;
      for (std::size_t left = least + random() % (most - least + 1); left > 0; --left) {
        text += "abc"[random() % 3];
      }
      return text;
    };
    std::vector<std::string> texts;
    for (std::size_t left = random() % 5; left > 0; --left) {
      const std::string text = letters(1, 4);
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
    }
    const std::string text = letters(0, 20);
    std::string expected;
    for (std::size_t at = 0; at < text.size();) {
      std::string longest;
      for (const std::string& token : texts) {
        if (text.compare(at, token.size(), token) == 0 && token.size() > longest.size()) {
          longest = token;
        }
      }
      expected += longest.empty() ? text.substr(at, 1) : "[" + longest + "]";
      at += std::max<std::size_t>(longest.size(), 1);
    }
    REQUIRE(marked(with(texts), text) == expected);
  }
}
