// The tokens of a template with the place the parser has reached.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/chat_template/lexer.h"

namespace proctor::engine {

class TokenStream {
 public:
  // `tokens` end with one of kind `end`.
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() {
    const Token& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }

  bool is(Token::Kind kind) const { return peek().kind == kind; }
  bool is_name(std::string_view name, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::name && peek(ahead).text == name;
  }
  bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).text == symbol;
  }
  bool skip_name(std::string_view name) { return is_name(name) && (next(), true); }
  bool skip_symbol(std::string_view symbol) { return is_symbol(symbol) && (next(), true); }

  // Errors: invalid_input, when something else comes.
  Result<void> expect_symbol(std::string_view symbol) {
    if (skip_symbol(symbol)) return {};
    return unexpected("'" + std::string(symbol) + "'");
  }
  Result<void> expect(Token::Kind kind) {
    if (!is(kind)) {
      Token wanted;
      wanted.kind = kind;
      return unexpected(describe(wanted));
    }
    next();
    return {};
  }
  Result<std::string> expect_name() {
    if (!is(Token::Kind::name)) return unexpected("a name");
    return next().text;
  }

  Error unexpected(const std::string& wanted) const {
    return wrong("expected " + wanted + ", found " + describe(peek()));
  }
  Error wrong(const std::string& message) const {
    return Error(ErrorCode::invalid_input, std::to_string(peek().line) + ": " + message);
  }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace proctor::engine
