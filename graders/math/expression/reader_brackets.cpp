// Brackets, absolute values, sets, and the environments that hold rows.
#include <algorithm>

#include "graders/math/expression/reader.h"
#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

std::string_view closing(std::string_view opening) {
  if (opening == "(") return ")";
  if (opening == "[") return "]";
  if (opening == "{") return "}";
  if (opening == "<") return ">";
  return opening;  // floor, ceil, bars
}

// Brackets of intervals may pair as they like: (0, 1], ]0, 1[.
bool is_interval_end(std::string_view text) {
  return text == "(" || text == ")" || text == "[" || text == "]";
}

std::span<const Node* const> members(const Node* const& content) {
  return content->kind == Kind::list ? content->parts : std::span(&content, 1);
}

}  // namespace

const Node* Reader::bracket() {
  const Token open = next();
  if (open.text == "{") return set_members();
  const Scope scope(*this, {.comma_groups = open.roomy});
  const bool rounds = open.text == "floor" || open.text == "ceil";
  if (peek().is(TokenKind::close) && !rounds) {
    const std::string_view close = next().text;
    return make(Kind::bracketed, std::string(open.text) + std::string(close), {});
  }
  const Node* content = list();
  if (failed()) return content;
  std::string_view close = closing(open.text);
  if (peek().is(TokenKind::close) || (is_interval_end(open.text) && peek().is(TokenKind::open))) {
    const std::string_view found = next().text;
    const bool pairs =
        found == close || (is_interval_end(open.text) && is_interval_end(found)) || found == ".";
    if (!pairs) return fail();
    if (found != ".") close = found;
  } else if (!peek().is(TokenKind::end)) {
    return fail();
  }
  if (open.text == "floor" || open.text == "ceil") return call(open.text, {as_operand(content)});
  if (open.text == "|" || open.text == "||") {
    if (content->kind == Kind::matrix) return call("det", {content});
    return call(open.text == "|" ? "abs" : "norm", {as_operand(content)});
  }
  // Brackets around the rows of an array are the matrix's own; around one value they only group.
  if (content->kind == Kind::matrix && content->columns > 0) return content;
  const bool groups = open.text == "(" && close == ")";
  if (content->kind != Kind::list && groups) return content;
  return make(Kind::bracketed, std::string(open.text) + std::string(close), members(content));
}

// After the opening brace: {1, 2}, {x | x > 2}, {x in R : x > 2}, or the rows of a system.
const Node* Reader::set_members() {
  const bool roomy = tokens_[at_ - 1].roomy;
  const Scope scope(*this, {.comma_groups = roomy, .has_conditions = true});
  const auto take_close = [&] {
    if (peek().is(TokenKind::end)) return true;
    if (!peek().is(TokenKind::close) || (peek().text != "}" && peek().text != ".")) return false;
    next();
    return true;
  };
  if (peek().is(TokenKind::close) && peek().text == "}") {
    next();
    return make(Kind::empty_set, {}, {});
  }
  const bool is_rows = peek().is(TokenKind::begin);
  const Node* content = list();
  if (failed()) return content;
  const bool half_bar = peek().is(TokenKind::close) && peek().text == "|";  // \left. x \right|
  if (peek().is(TokenKind::bar) || peek().is_symbol(':') || half_bar) {
    next();
    const Node* conditions = list();
    Nodes parts{content};
    for (const Node* condition : members(conditions)) parts.push_back(condition);
    return take_close() ? make(Kind::set_builder, {}, parts) : fail();
  }
  const bool open_ended = peek().is(TokenKind::close) && peek().text == ".";
  if (!take_close()) return fail();
  if (is_rows && (open_ended || content->kind == Kind::piecewise)) return content;
  return make(Kind::bracketed, "{}", members(content));
}

// |x|, ||v||: the same sign opens and closes, so how many are open decides.
const Node* Reader::absolute() {
  const std::string_view sign = next().text;
  if (sign == "mid") return fail();
  Context inner = context_;
  ++inner.bars;
  const Node* content;
  {
    const Scope scope(*this, inner);
    content = sum();
    // One that never closes may be the sign of division: 3 | 6.
    if (!peek().is(TokenKind::bar) || next().text != sign) return fail();
  }
  if (content->kind == Kind::matrix) return call("det", {content});
  return call(sign == "|" ? "abs" : "norm", {as_operand(content)});
}

const Node* Reader::environment() {
  const std::string_view name = next().text;
  const Scope scope(*this, {.rows_separate = false});
  if (name == "cases" || name == "dcases" || name == "rcases") return piecewise();
  if (name.ends_with("matrix")) return matrix(name);
  if (name != "array" && name != "tabular") return system();
  const bool braced =
      at_ >= 2 && tokens_[at_ - 2].is(TokenKind::open) && tokens_[at_ - 2].text == "{";
  if (braced) return piecewise();
  return states_in_first_row() ? system() : matrix(name);
}

// Whether a row of an array is an equation and no row of a matrix.
bool Reader::states_in_first_row() const {
  for (std::size_t ahead = 0;; ++ahead) {
    const Token& token = peek(ahead);
    if (token.is(Does::relates)) return true;
    if (token.is(TokenKind::row) || token.is(TokenKind::leave) || token.is(TokenKind::end)) {
      return false;
    }
  }
}

const Node* Reader::matrix(std::string_view name) {
  Nodes cells;
  std::size_t columns = 0, column = 0;
  while (!failed()) {
    if (peek().is(TokenKind::leave) || peek().is(TokenKind::end)) break;
    if (peek().is(TokenKind::row)) {
      next();
      if (column == 0) continue;
      if (columns != 0 && columns != column) return fail();
      columns = std::exchange(column, 0);
      continue;
    }
    if (peek().is(TokenKind::cell)) return fail();
    cells.push_back(as_operand(sum()));
    ++column;
    if (peek().is(TokenKind::cell)) {
      next();
    } else if (!peek().is(TokenKind::row) && !peek().is(TokenKind::leave) &&
               !peek().is(TokenKind::end)) {
      return fail();
    }
  }
  next();
  if (failed() || cells.empty()) return fail();
  if (columns == 0) columns = column;
  if (column != 0 && column != columns) return fail();
  const Node* whole = arena_.make(Kind::matrix, {}, cells, columns);
  return name == "vmatrix" ? call("det", {whole}) : whole;
}

// Rows of a value and its condition. Rows without conditions are a system of equations.
const Node* Reader::piecewise() {
  Nodes parts;
  while (!failed()) {
    while (peek().is(TokenKind::row)) next();
    if (peek().is(TokenKind::leave) || peek().is(TokenKind::end)) break;
    parts.push_back(relation());
    take_symbol(',');
    take_symbol(';');
    if (peek().is(TokenKind::cell)) next();
    while (word_kind(peek().text) == WordKind::condition) next();
    const Token& token = peek();
    if (token.is(TokenKind::row) || token.is(TokenKind::leave) || token.is(TokenKind::end)) {
      parts.push_back(make(Kind::blank, {}, {}));
      continue;
    }
    parts.push_back(list());
    take_symbol('.');
  }
  next();
  if (failed() || parts.empty()) return fail();
  Nodes values;
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    if (parts[i + 1]->kind == Kind::blank) values.push_back(parts[i]);
  }
  if (values.empty()) return make(Kind::piecewise, {}, parts);
  if (values.size() * 2 != parts.size()) return fail();
  return values.size() == 1 ? values.front() : make(Kind::list, ",", values);
}

// aligned, gathered and their kin: rows are statements, and one that begins with a sign of relation
// goes on with the one above.
const Node* Reader::system() {
  Nodes statements;
  while (!failed()) {
    while (peek().is(TokenKind::row) || peek().is(TokenKind::cell) || peek().is_symbol(',') ||
           peek().is_symbol('.')) {
      next();
    }
    if (peek().is(TokenKind::leave) || peek().is(TokenKind::end)) break;
    const Node* left;
    if (peek().is(Does::relates) && !statements.empty()) {
      left = statements.back();
      statements.pop_back();
    } else {
      left = set_expression();
    }
    Nodes parts;
    std::string operations;
    if (left->kind == Kind::relation) {
      parts.assign(left->parts.begin(), left->parts.end());
      operations = left->text;
    } else {
      parts = {left};
    }
    for (;;) {
      while (peek().is(TokenKind::cell)) next();
      const char operation = relation_operator();
      if (operation == 0) break;
      while (peek().is(TokenKind::cell)) next();
      operations += operation;
      parts.push_back(set_expression());
    }
    statements.push_back(parts.size() == 1 ? parts.front()
                                           : make(Kind::relation, operations, parts));
    const Token& token = peek();
    const bool ends = token.is(TokenKind::row) || token.is(TokenKind::leave) ||
                      token.is(TokenKind::end) || token.is_symbol(',') || token.is_symbol('.');
    if (!ends) return fail();
  }
  next();
  if (failed() || statements.empty()) return fail();
  return statements.size() == 1 ? statements.front() : make(Kind::list, ",", statements);
}

}  // namespace proctor::graders::math
