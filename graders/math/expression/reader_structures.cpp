// Groups, fractions, roots and what is set over a symbol.
#include <algorithm>

#include "graders/math/expression/reader.h"

namespace proctor::graders::math {

const Node* Reader::group() {
  next();
  const Scope scope(*this, {.integrals = context_.integrals});
  if (peek().is(TokenKind::group_close)) {
    next();
    return make(Kind::blank, {}, {});
  }
  const Node* content = closed_group(list());
  if (peek().is(TokenKind::group_close)) {
    next();
  } else if (!peek().is(TokenKind::end)) {
    return fail();
  }
  return content;
}

// TeX's infix fractions take all of the group before and after them.
const Node* Reader::closed_group(const Node* content) {
  while (peek().is(Does::over) || peek().is(Does::choose)) {
    const bool over = next().does == Does::over;
    const Node* below = list();
    content = over ? make(Kind::quotient, {}, {as_operand(content), as_operand(below)})
                   : call("binomial", {as_operand(content), as_operand(below)});
  }
  return content;
}

const Node* Reader::fraction() {
  // dy/dx is one thing: its d are no factors.
  const auto differential = [&](std::size_t at) {
    return peek(at).is(TokenKind::group_open) && peek(at + 1).is(TokenKind::letters) &&
           peek(at + 1).text.size() == 2 && peek(at + 1).text.front() == 'd' &&
           peek(at + 2).is(TokenKind::group_close);
  };
  if (differential(0) && differential(3)) {
    const std::string name = std::string(peek(1).text) + '/' + std::string(peek(4).text);
    for (int i = 0; i < 6; ++i) next();
    return make(Kind::symbol, name, {});
  }
  const Node* above = digit_argument();
  const Node* below = digit_argument();
  return make(Kind::quotient, {}, {as_operand(above), as_operand(below)});
}

const Node* Reader::root(const Token& command) {
  const Node* degree = number_node(command.means.empty() ? "2" : command.means);
  if (peek().is(TokenKind::open) && peek().text == "[") {
    next();
    const Scope scope(*this, {});
    degree = sum();
    if (!peek().is(TokenKind::close) || next().text != "]") return fail();
  }
  const Node* radicand = argument();
  return make(Kind::root, {}, {as_operand(radicand), degree});
}

// A conjugate; over letters that name points, the line between them.
const Node* Reader::overlined() {
  const bool names_points =
      peek().is(TokenKind::group_open) && peek(1).is(TokenKind::letters) &&
      peek(1).text.size() > 1 && peek(2).is(TokenKind::group_close) &&
      std::ranges::all_of(peek(1).text, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (names_points) {
    const Node* line = make(Kind::symbol, std::string(peek(1).text), {});
    for (int i = 0; i < 3; ++i) next();
    return make(Kind::opaque, "line", {line});
  }
  const Node* below = argument();
  if (below->kind == Kind::symbol && peek().is_symbol('_')) below = with_index(below);
  return call("conjugate", {as_operand(below)});
}

// An accent makes another symbol of a symbol.
const Node* Reader::accented(const Token& command) {
  const Node* below = argument();
  if (below->kind == Kind::symbol) {
    return named(arena_.keep(std::string(command.means) + ' ' + std::string(below->text)));
  }
  return make(Kind::opaque, command.means, {below});
}

const Node* Reader::number_set(const Token& command) {
  std::string_view name = command.means;
  if (name.empty()) {
    const bool grouped = peek().is(TokenKind::group_open);
    if (grouped) next();
    name = next().text;
    if (grouped && !peek().is(TokenKind::group_close)) return fail();
    if (grouped) next();
  }
  if (name.size() != 1 || std::string_view("RNZQC").find(name) == std::string_view::npos) {
    return named(name);
  }
  return make(Kind::number_set, name, {});
}

const Node* Reader::money() {
  next();
  const Node* amount = signed_factor();
  std::string unit;
  // "$1.5 million"; "$5 dollars" says it twice.
  if (read_unit(amount, unit)) amount = with_unit(amount, unit);
  if (amount->kind == Kind::quantity) return amount;
  return make(Kind::quantity, "dollar", {amount});
}

}  // namespace proctor::graders::math
