// Functions and their arguments; sums, products, integrals and limits.
#include <algorithm>

#include "graders/math/expression/reader.h"

namespace proctor::graders::math {
namespace {

// The inverse of a function whose exponent -1 means its inverse; empty for others.
std::string_view inverse_of(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kInverses[] = {
      {"sin", "asin"}, {"cos", "acos"},   {"tan", "atan"},   {"cot", "acot"},   {"sec", "asec"},
      {"csc", "acsc"}, {"sinh", "asinh"}, {"cosh", "acosh"}, {"tanh", "atanh"},
  };
  for (const auto& [function, inverse] : kInverses) {
    if (function == name) return inverse;
  }
  return {};
}

bool takes_several(std::string_view name) {
  return name == "max" || name == "min" || name == "gcd" || name == "lcm";
}

bool mentions_pi(const Node& node) {
  if (node.kind == Kind::constant) return node.text == "pi";
  return node.kind == Kind::product &&
         std::ranges::any_of(node.parts, [](const Node* part) { return mentions_pi(*part); });
}

bool is_minus_one(const Node& node) {
  return node.kind == Kind::negative && node.parts.front()->kind == Kind::number &&
         node.parts.front()->text == "1";
}

}  // namespace

// The name has been read; what follows is a power or index of the function, then its argument.
const Node* Reader::function(std::string_view name) {
  const Node* power = nullptr;
  if (take_symbol('^')) {
    power = exponent();
    if (is_minus_one(*power) && !inverse_of(name).empty()) {
      name = inverse_of(name);
      power = nullptr;
    }
  }
  if (peek().is_symbol('_')) return fail();  // an extremum over something
  return finish_call(name, nullptr, power);
}

const Node* Reader::logarithm(std::string_view name, const Node* base) {
  const Node* power = nullptr;
  // log10(x), as programs have it
  if (peek().is(TokenKind::number) && peek().space == Space::none && peek(1).is(TokenKind::open) &&
      (peek().text == "2" || peek().text == "10")) {
    base = number_node(next().text);
  }
  while (!failed()) {
    if (take_symbol('_')) {
      base = digit_argument();
    } else if (take_symbol('^')) {
      power = exponent();
    } else {
      break;
    }
  }
  return finish_call(name, base, power);
}

const Node* Reader::finish_call(std::string_view name, const Node* base, const Node* power) {
  Nodes arguments;
  const bool in_brackets =
      peek().is(TokenKind::open) &&
      (peek().text == "(" || peek().text == "[" || (peek().text == "{" && takes_several(name)));
  if (in_brackets) {
    arguments = call_arguments();
    if (arguments.size() != 1 && !takes_several(name)) return fail();
  } else {
    arguments = {bare_argument()};
  }
  if (base != nullptr) arguments.push_back(base);
  const Node* whole = make(Kind::call, name, arguments);
  return power == nullptr ? whole : make(Kind::power, {}, {whole, power});
}

// What stands in the brackets that come next, apart.
Reader::Nodes Reader::call_arguments(bool has_conditions) {
  const Token open = next();
  const std::string_view close = open.text == "(" ? ")" : open.text == "[" ? "]" : "}";
  const Scope scope(*this, {.comma_groups = open.roomy, .has_conditions = has_conditions});
  const Node* content = list();
  // P(A | B)
  if (peek().is(TokenKind::bar)) {
    next();
    content = make(Kind::opaque, "given", {content, list()});
  }
  if (peek().is(TokenKind::close) && peek().text == close) {
    next();
  } else if (!peek().is(TokenKind::end)) {
    fail();
  }
  if (content->kind != Kind::list) return {as_operand(content)};
  return {content->parts.begin(), content->parts.end()};
}

// An argument without brackets: the factors that stand together, up to an operator, the next
// function, or a bracket after a letter: sin 2x cos x, sin x(1 + cos x).
const Node* Reader::bare_argument() {
  bool negative = false;
  for (; peek().is_symbol('-') || peek().is_symbol('+'); next()) {
    negative ^= peek().is_symbol('-');
  }
  Nodes factors{factor()};
  while (!failed() && juxtaposes(factors.back())) {
    const Token& token = peek();
    const Command* plain = token.is(TokenKind::letters) ? find_plain_name(token.text) : nullptr;
    const Does does = plain != nullptr ? plain->does : token.does;
    const bool is_function =
        (token.is(TokenKind::command) || plain != nullptr) &&
        (does == Does::function || does == Does::logarithm || does == Does::common_log);
    const bool opens = token.is(TokenKind::open) || token.is(TokenKind::bar);
    const Kind last = factors.back()->kind;
    const bool ends = opens && last != Kind::number;
    if (is_function || ends || is_word(token)) break;
    factors.push_back(factor());
  }
  const Node* whole = product_of(factors);
  // sin pi/4: nobody divides a sine by four so.
  if (mentions_pi(*whole) && peek().is_symbol('/') && peek(1).is(TokenKind::number)) {
    next();
    whole = make(Kind::quotient, {}, {whole, number_node(next().text)});
  }
  whole = as_operand(whole);
  return negative ? make(Kind::negative, {}, {whole}) : whole;
}

// \sum_{k=1}^{n} body. Without an index and both bounds it is not understood, but compared by its
// parts.
const Node* Reader::big_operator(const Token& command) {
  const Node* below = nullptr;
  const Node* above = nullptr;
  for (bool more = true; more && !failed();) {
    if (take_symbol('_')) {
      below = argument();
    } else if (take_symbol('^')) {
      above = argument();
    } else {
      more = false;
    }
  }
  const Node* body = product();
  if (failed()) return fail();
  const bool has_index = below != nullptr && above != nullptr && below->kind == Kind::relation &&
                         below->text == "=" && below->parts.size() == 2 &&
                         below->parts[0]->kind == Kind::symbol;
  if (has_index) {
    return make(command.means == "sum" ? Kind::big_sum : Kind::big_product, below->parts[0]->text,
                {below->parts[1], above, body});
  }
  Nodes parts{body};
  if (below != nullptr) parts.push_back(below);
  if (above != nullptr) parts.push_back(above);
  return make(Kind::opaque, command.means, parts);
}

// Parts: the bounds if there are any, the integrand, and the variable if it can be told.
const Node* Reader::integral() {
  Nodes parts;
  for (bool more = true; more && !failed();) {
    if (take_symbol('_') || take_symbol('^')) {
      parts.push_back(argument());
    } else {
      more = false;
    }
  }
  Context inner = context_;
  ++inner.integrals;
  const Scope scope(*this, inner);
  parts.push_back(sum());
  if (peek().is(TokenKind::letters) && peek().text.front() == 'd') {
    if (peek().text.size() == 2) {
      tokens_[at_].text.remove_prefix(1);
      tokens_[at_].split = true;
    } else {
      next();
    }
    parts.push_back(atom());
  }
  return make(Kind::opaque, "integral", parts);
}

const Node* Reader::limit() {
  if (!take_symbol('_')) return fail();
  const Node* below = argument();
  return make(Kind::opaque, "limit", {below, product()});
}

}  // namespace proctor::graders::math
