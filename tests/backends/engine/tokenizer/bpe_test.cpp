#include "backends/engine/tokenizer/bpe.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/backends/engine/tokenizer/fixture.h"
#include "tests/backends/engine/tokenizer/reference.h"

using namespace proctor::engine;

namespace {

using Merges = std::vector<std::pair<std::string, std::string>>;

Bpe bpe_of(const Fixture& fixture) {
  auto file = parse_tokenizer_file(fixture_json(fixture));
  REQUIRE(file);
  return Bpe(std::move(file->model));
}

std::vector<std::string> tokens(const Bpe& bpe, std::string_view piece) {
  std::vector<std::int32_t> ids;
  bpe.append_tokens(piece, ids);
  std::vector<std::string> texts;
  for (const std::int32_t id : ids) texts.emplace_back(bpe.vocabulary().bytes(id));
  return texts;
}

// Merges of random tokens over a few letters; many tokens can be made in several ways, or not.
Merges random_merges(std::mt19937_64& random, std::size_t count) {
  std::vector<std::string> known = {"a", "b", "c", "\xC3", "\xA9"};
  Merges merges;
  for (std::size_t tries = 0; tries < count; ++tries) {
    const std::pair pair(known[random() % known.size()], known[random() % known.size()]);
    if (pair.first.size() + pair.second.size() > 12) continue;
    if (std::find(merges.begin(), merges.end(), pair) != merges.end()) continue;
    merges.push_back(pair);
    const std::string made = pair.first + pair.second;
    if (std::find(known.begin(), known.end(), made) == known.end()) known.push_back(made);
  }
  return merges;
}

std::string random_piece(std::mt19937_64& random, std::size_t longest) {
  std::string piece;
  for (std::size_t left = 1 + random() % longest; left > 0; --left) {
    piece += "aaabbc\xC3\xA9"[random() % 8];
  }
  return piece;
}

}  // namespace

TEST_CASE("neighbours merge by rank and the leftmost first") {
  using Pieces = std::vector<std::string>;
  const Bpe bpe = bpe_of({.merges = {{"b", "c"}, {"a", "a"}, {"a", "b"}, {"aa", "aa"}}});
  struct Row {
    const char* piece;
    Pieces tokens;
  };
  const Row kRows[] = {
      {"a", {"a"}},         {"abc", {"a", "bc"}},  // b c ranks before a b
      {"aaa", {"aa", "a"}}, {"aaaa", {"aaaa"}},   {"aaaaa", {"aaaa", "a"}},
      {"aab", {"aa", "b"}}, {"ab", {"ab"}},       {"zz", {"z", "z"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.piece);
    CHECK(tokens(bpe, row.piece) == row.tokens);
    CHECK(tokens(bpe, row.piece) == row.tokens);  // now from the cache
  }
}

TEST_CASE("with ignore_merges a piece that is a token is taken whole") {
  using Pieces = std::vector<std::string>;
  const Merges merges = {{"b", "c"}, {"a", "b"}, {"ab", "c"}};
  const Bpe merged = bpe_of({.merges = merges});
  const Bpe whole = bpe_of({.merges = merges, .llama = true});
  CHECK(tokens(merged, "abc") == Pieces{"a", "bc"});
  CHECK(tokens(whole, "abc") == Pieces{"abc"});
  CHECK(tokens(merged, "abcx") == tokens(whole, "abcx"));
}

TEST_CASE("random pieces merge as by looking over the whole piece each time") {
  std::mt19937_64 random(4);
  for (int round = 0; round < 60; ++round) {
    const Merges merges = random_merges(random, 1 + random() % 80);
    std::map<std::pair<std::string, std::string>, int> ranks;
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      ranks.emplace(merges[rank], static_cast<int>(rank));
    }
    const Bpe bpe = bpe_of({.merges = merges});
    for (int piece_round = 0; piece_round < 40; ++piece_round) {
      // Up to twice the length at which a heap takes over.
      const std::string piece = random_piece(random, piece_round % 4 == 0 ? 100 : 12);
      CAPTURE(piece);
      REQUIRE(tokens(bpe, piece) == reference_merge(piece, ranks));
    }
  }
}

TEST_CASE("the work on a long piece grows in proportion to it") {
  const Bpe bpe = bpe_of({.merges = {{"a", "a"}, {"aa", "aa"}, {"aaaa", "aaaa"}, {"a", "b"}}});
  for (const std::string unit : {"a", "ab", "aab", "ba"}) {
    std::string piece;
    while (piece.size() < 20'000) piece += unit;
    std::vector<std::int32_t> ids;
    const std::size_t once = bpe.append_tokens(piece, ids);
    const std::size_t twice = bpe.append_tokens(piece + piece, ids);
    CAPTURE(unit);
    CHECK(once >= piece.size());
    CHECK(once <= 8 * piece.size());
    CHECK(twice <= 2 * once + 100);
  }
}
