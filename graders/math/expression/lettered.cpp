#include "graders/math/expression/lettered.h"

#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

bool is_choice_letter(const Token& token) {
  const bool is_letters = token.is(TokenKind::letters) || token.is(TokenKind::text);
  return is_letters && token.text.size() == 1 && token.text[0] >= 'A' && token.text[0] <= 'J';
}

// What may be described: words and numbers, but nothing that a formula could go on with.
bool begins_description(const Token& token) {
  if (token.space == Space::none) return false;
  switch (token.kind) {
    case TokenKind::number:
    case TokenKind::text:
    case TokenKind::word:
    case TokenKind::roman:
      return true;
    case TokenKind::letters:
      return is_lone_word(token.text) && word_kind(token.text) == WordKind::other;
    case TokenKind::command:
      return begins_atom(token.does);
    case TokenKind::symbol:
      return token.is_symbol('$');
    default:
      return false;
  }
}

}  // namespace

std::optional<Lettered> lettered(std::span<const Token> tokens) {
  if (tokens.size() < 3) return std::nullopt;
  if (tokens.size() > 3 && tokens[0].is(TokenKind::open) && tokens[0].text == "(" &&
      is_choice_letter(tokens[1]) && tokens[2].is(TokenKind::close) &&
      begins_description(tokens[3])) {
    return Lettered{tokens[1].text, 3};
  }
  if (!is_choice_letter(tokens[0])) return std::nullopt;
  const bool is_label = tokens[1].is_symbol('.') || tokens[1].is_symbol(':') ||
                        (tokens[1].is(TokenKind::close) && tokens[1].text == ")");
  if (is_label && tokens[2].space != Space::none) return Lettered{tokens[0].text, 2};
  const bool is_named = tokens[1].is(TokenKind::letters) || tokens[1].is(TokenKind::word);
  if (is_named && begins_description(tokens[1])) return Lettered{tokens[0].text, 1};
  return std::nullopt;
}

}  // namespace proctor::graders::math
