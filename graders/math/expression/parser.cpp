#include "graders/math/expression/parser.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "graders/math/expression/lettered.h"
#include "graders/math/expression/lexer.h"
#include "graders/math/expression/reader.h"
#include "graders/math/expression/repair.h"
#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kLongestAnswer = 20'000;  // bytes

std::string words_of(std::span<const Token> tokens) {
  std::string words;
  for (const Token& token : tokens) {
    if (!words.empty() && token.space != Space::none) words += ' ';
    words += token.text;
  }
  return words;
}

// Whether what is no formula is words at least: nothing in it needs LaTeX.
bool is_plain_prose(std::span<const Token> tokens, std::string_view words) {
  const bool plain = std::ranges::all_of(tokens, [](const Token& token) {
    return token.kind <= TokenKind::symbol || token.is(TokenKind::open) ||
           token.is(TokenKind::close);
  });
  return plain && is_prose(words);
}

Parsed parse_tokens(std::span<Token> tokens, Arena& arena) {
  Reader reader(tokens, arena);
  const Node* root = reader.read();
  return {.root = root, .failure = reader.failure()};
}

Parsed parse_lettered(const Lettered& option, std::span<Token> tokens, Arena& arena) {
  const std::string words = words_of(tokens.subspan(option.rest));
  Parsed meant = parse_tokens(tokens.subspan(option.rest), arena);
  if (meant.failure == ParseFailure::over_budget) return meant;
  if (meant.root == nullptr) meant.root = arena.make(Kind::text, stripped(words));
  const Node* parts[] = {arena.make(Kind::symbol, option.letter), meant.root};
  return {.root = arena.make(Kind::opaque, "choice", parts), .failure = ParseFailure::none};
}

}  // namespace

Parsed parse_answer(std::string_view text, Arena& arena) {
  if (text.size() > kLongestAnswer) return {.root = nullptr, .failure = ParseFailure::over_budget};
  std::string kept;
  if (needs_repair(text)) text = kept = repaired(text);
  std::vector<Token> tokens = tokens_of(text);
  if (const auto option = lettered(tokens)) return parse_lettered(*option, tokens, arena);
  const Parsed parsed = parse_tokens(tokens, arena);
  if (parsed.failure != ParseFailure::unparsed) return parsed;
  // The reader has cut up its tokens.
  const std::vector<Token> whole = tokens_of(text);
  const std::string words = words_of(whole);
  if (!is_plain_prose(whole, words)) return parsed;
  return {.root = arena.make(Kind::text, stripped(words)), .failure = ParseFailure::none};
}

}  // namespace proctor::graders::math
