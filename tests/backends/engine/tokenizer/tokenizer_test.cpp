#include "backends/engine/tokenizer/tokenizer.h"

#include <doctest/doctest.h>

#include <array>
#include <thread>

#include "backends/engine/tokenizer/nfc.h"
#include "backends/engine/tokenizer/utf8.h"
#include "tests/backends/engine/tokenizer/fixture.h"
#include "tests/backends/engine/tokenizer/reference.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;

namespace {

using Ids = std::vector<std::int32_t>;

Fixture small_fixture(bool llama = false) {
  return {.merges = merges_for({"hello", " world", "12", "\xC3\xA9"}),
          .added = {{.id = 300, .text = "<s>", .special = true}, {.id = 301, .text = "<think>"}},
          .llama = llama};
}

Ids bytes(std::string_view text) {
  Ids ids;
  for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
  return ids;
}

}  // namespace

TEST_CASE("a text is cut, normalised, split and merged") {
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture());
  const std::int32_t hello = *tokenizer.id_of("hello"), world = *tokenizer.id_of(" world");
  const std::int32_t e_acute = *tokenizer.id_of("\u00E9");
  struct Row {
    const char* text;
    Ids ids;
  };
  const Row kRows[] = {
      {"", {}},
      {"hello world", {hello, world}},
      {"hello<s> world", {hello, 300, world}},
      {"<s><think>", {300, 301}},
      {"<S>", {'<', 'S', '>'}},
      {"e\u0301", {e_acute}},
      {"\u00E9", {e_acute}},
      {"12", {'1', '2'}},  // digits part before merging
      {"\xC3", bytes("\xEF\xBF\xBD")},
      {"<s\xFF>", bytes("<s\xEF\xBF\xBD>")},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(tokenizer.encode(row.text) == row.ids);
  }
}

TEST_CASE("Llama 3 joins digits and leaves decomposed letters so") {
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture(true));
  CHECK(tokenizer.encode("12") == Ids{*tokenizer.id_of("12")});
  CHECK(tokenizer.encode("e\u0301") == bytes("e\u0301"));
}

TEST_CASE("both ways of writing merges mean the same") {
  Fixture fixture = small_fixture();
  const Tokenizer strings = fixture_tokenizer(fixture);
  fixture.merge_pairs = true;
  const Tokenizer pairs = fixture_tokenizer(fixture);
  CHECK(strings.encode("hello hello world") == pairs.encode("hello hello world"));
}

TEST_CASE("each byte of any text comes back") {
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture(true));
  std::mt19937_64 random(8);
  for (int round = 0; round < 5000; ++round) {
    const std::string text = random_text(random, 20);
    CAPTURE(text);
    REQUIRE(tokenizer.decode(tokenizer.encode(text), false) == text);
  }
  const Tokenizer normalizing = fixture_tokenizer(small_fixture());
  for (int round = 0; round < 5000; ++round) {
    const std::string text = random_text(random, 20);
    CAPTURE(text);
    REQUIRE(normalizing.decode(normalizing.encode(text), false) ==
            normalize_nfc(text).value_or(text));
  }
}

TEST_CASE("any bytes are encoded as what they are mended to") {
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture());
  std::mt19937_64 random(9);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t left = random() % 20; left > 0; --left) text += static_cast<char>(random());
    REQUIRE(tokenizer.encode(text) == tokenizer.encode(mended_utf8(text)));
  }
}

TEST_CASE("threads that share a tokenizer get what one alone gets") {
  const Tokenizer alone = fixture_tokenizer(small_fixture());
  const Tokenizer shared = fixture_tokenizer(small_fixture());
  std::mt19937_64 random(10);
  std::vector<std::string> texts;
  std::vector<Ids> expected;
  for (int i = 0; i < 500; ++i) {
    texts.push_back("hello world " + random_text(random, 20));
    expected.push_back(alone.encode(texts.back()));
  }
  std::array<bool, 4> same{};
  {
    std::vector<std::jthread> threads;
    for (bool& result : same) {
      threads.emplace_back([&] {
        result = true;
        for (std::size_t i = 0; i < texts.size(); ++i) {
          if (shared.encode(texts[i]) != expected[i]) result = false;
        }
      });
    }
  }
  for (const bool result : same) CHECK(result);
}

TEST_CASE("tokens are told by id") {
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture());
  CHECK(tokenizer.size() == 302);
  CHECK(tokenizer.token_bytes(300) == "<s>");
  CHECK(tokenizer.token_bytes(0xC3) == "\xC3");
  CHECK(tokenizer.id_of("<think>") == 301);
  CHECK(!tokenizer.id_of("nothing"));
  CHECK(!tokenizer.id_of(""));
  CHECK(tokenizer.is_special(300));
  CHECK(!tokenizer.is_special(301));
  CHECK(!tokenizer.is_special('a'));
  for (const std::int32_t id : {299, 302, 1 << 30, -1}) {  // a model's table may have these rows
    CAPTURE(id);
    CHECK(tokenizer.token_bytes(id).empty());
    CHECK(!tokenizer.is_special(id));
    CHECK(tokenizer.decode(std::vector{id}, false).empty());
  }
  const Ids ids = {300, 'a', 301, 0xC3};
  CHECK(tokenizer.decode(ids, false) == "<s>a<think>\uFFFD");
  CHECK(tokenizer.decode(ids, true) == "a<think>\uFFFD");
}

TEST_CASE("a begin token goes before a completion once if the config says so") {
  const char* config =
      R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}, "add_bos_token": true})";
  const Tokenizer tokenizer = fixture_tokenizer(small_fixture(), config);
  CHECK(tokenizer.bos_token() == "<s>");
  CHECK(tokenizer.eos_token() == "</s>");
  CHECK(tokenizer.bos_id() == 300);
  CHECK(!tokenizer.eos_id());
  CHECK(tokenizer.encode("a") == Ids{'a'});
  CHECK(tokenizer.encode_completion("a") == Ids{300, 'a'});
  CHECK(tokenizer.encode_completion("<s>a") == Ids{300, 'a'});
  CHECK(tokenizer.encode_completion("") == Ids{300});
  const Tokenizer without = fixture_tokenizer(small_fixture(), R"({"bos_token": "<s>"})");
  CHECK(without.encode_completion("a") == Ids{'a'});
  CHECK(without.bos_id() == 300);
  CHECK(without.eos_token().empty());
  CHECK(!fixture_tokenizer(small_fixture()).bos_id());
}

TEST_CASE("a tokenizer is loaded from its folder with or without a config") {
  const support::TempDir folder;
  const auto missing = Tokenizer::load(folder.path());
  REQUIRE(!missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  CHECK(missing.error().message().find("tokenizer.json") != std::string::npos);

  folder.write("tokenizer.json", fixture_json(small_fixture()));
  const auto bare = Tokenizer::load(folder.path());
  REQUIRE(bare);
  CHECK(bare->bos_token().empty());

  folder.write("tokenizer_config.json", R"({"bos_token": "<s>"})");
  const auto whole = Tokenizer::load(folder.path());
  REQUIRE(whole);
  CHECK(whole->bos_id() == 300);

  folder.write("tokenizer_config.json", R"({"bos_token": 7})");
  const auto bad = Tokenizer::load(folder.path());
  REQUIRE(!bad);
  CHECK(bad.error().message() ==
        (folder / "tokenizer_config.json").string() +
            ": field \"bos_token\": expected the text of a token, found 7");
}
