// Sums, products, powers and what follows a factor.
#include <algorithm>

#include "graders/math/expression/reader.h"
#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

bool is_plus(const Token& token) { return token.is_symbol('+'); }
bool is_minus(const Token& token) { return token.is_symbol('-'); }

bool is_literal(const Node& node) { return node.kind == Kind::number || node.kind == Kind::mixed; }

}  // namespace

const Node* Reader::sum() {
  Nodes terms;
  const auto so_far = [&] {
    return terms.size() == 1 ? terms.front() : make(Kind::sum, {}, terms);
  };
  bool negative = false, first = true;
  std::string_view either;
  for (;; first = false) {
    const Token& sign = peek();
    if (is_plus(sign) || is_minus(sign)) {
      negative = is_minus(sign);
      next();
    } else if (sign.is(Does::plus_minus)) {
      either = sign.means;
      next();
    } else if (!first) {
      break;
    }
    for (; is_plus(peek()) || is_minus(peek()); next()) negative ^= is_minus(peek());
    const Node* term = product();
    if (failed()) return term;
    if (!first || !either.empty() || negative) term = as_operand(term);
    if (negative) term = make(Kind::negative, {}, {term});
    negative = false;
    if (either.empty()) {
      terms.push_back(term);
    } else if (terms.empty()) {
      terms.push_back(make(Kind::plus_minus, either, {term}));
    } else {
      terms = {make(Kind::plus_minus, either, {so_far(), term})};
    }
    either = {};
  }
  if (terms.size() == 1) return terms.front();
  terms.front() = as_operand(terms.front());
  return sum_of(terms);
}

// A unit after the last term only is meant for the sum: 18 + 2\pi \text{ cm}.
const Node* Reader::sum_of(Nodes& terms) {
  const Node* last = terms.back();
  const bool shared =
      last->kind == Kind::quantity && std::ranges::count(terms, Kind::quantity, &Node::kind) == 1;
  if (!shared) return make(Kind::sum, {}, terms);
  terms.back() = last->parts.front();
  return make(Kind::quantity, last->text, {make(Kind::sum, {}, terms)});
}

const Node* Reader::product() {
  Nodes factors{factor()};
  while (!failed()) {
    const Token& token = peek();
    std::string unit;
    if (token.is(Does::times) || token.is_symbol('*') || multiplies_by_x(*factors.back())) {
      next();
      const Node* power_of_ten = factors.size() == 1 ? scientific(factors.front()) : nullptr;
      if (power_of_ten != nullptr) {
        factors.front() = power_of_ten;
      } else {
        factors.push_back(signed_factor());
      }
    } else if (token.is(Does::divides) || token.is_symbol('/')) {
      next();
      const Node* above = product_of(factors);
      factors = {make(Kind::quotient, {}, {above, denominator(is_literal(*above))})};
    } else if (token.is(Does::modulo)) {
      next();
      factors = {call("mod", {product_of(factors), signed_factor()})};
    } else if (token.is(Does::composes)) {
      next();
      factors = {make(Kind::opaque, "composition", {product_of(factors), factor()})};
    } else if (read_unit(factors.back(), unit)) {
      measure(factors, unit);
      if (factors.front()->kind == Kind::quantity && peek().is(TokenKind::number)) {
        return finer_units(factors.front());
      }
    } else if (juxtaposes(factors.back())) {
      factors.push_back(factor());
    } else {
      break;
    }
  }
  return product_of(factors);
}

// 3 x 4 and 3.5x10^4, where no variable is meant.
bool Reader::multiplies_by_x(const Node& left) const {
  const Token& token = peek();
  const bool is_x = token.is(TokenKind::letters) && (token.text == "x" || token.text == "X");
  return is_x && peek(1).is(TokenKind::number) && is_literal(left) &&
         (token.space != Space::none || peek(2).is_symbol('^'));
}

// A unit is that of the whole product; but in 3 cm times 4 cm each factor has its own.
void Reader::measure(Nodes& factors, std::string_view unit) {
  if (factors.front()->kind == Kind::quantity) {
    factors.back() = with_unit(factors.back(), unit);
  } else {
    factors = {with_unit(product_of(factors), unit)};
  }
}

// 2 hours 30 minutes: what follows is added, if it is measured too.
const Node* Reader::finer_units(const Node* coarse) {
  const Level level(*this);
  const Node* fine = failed() ? coarse : product();
  if (fine->kind != Kind::quantity && fine->kind != Kind::sum) return fail();
  return make(Kind::sum, {}, {coarse, fine});
}

const Node* Reader::product_of(std::span<const Node* const> factors) {
  if (factors.size() == 1) return factors.front();
  Nodes parts;
  for (const Node* part : factors) {
    if (part->kind != Kind::blank) parts.push_back(as_operand(part));
  }
  if (parts.size() == 1) return parts.front();
  return make(Kind::product, {}, parts);
}

// 1/2x is half of x, as at school; a/bc divides by both, as in print.
const Node* Reader::denominator(bool literal_above) {
  const Node* first = signed_factor();
  const bool loose = literal_above && is_literal(*first);
  Nodes factors{first};
  while (!failed() && !loose && peek().space == Space::none && juxtaposes(factors.back())) {
    const bool opens = peek().is(TokenKind::open) || peek().is(TokenKind::bar);
    if (opens && is_literal(*factors.back())) break;
    factors.push_back(factor());
  }
  return product_of(factors);
}

const Node* Reader::signed_factor() {
  bool negative = false;
  for (; is_plus(peek()) || is_minus(peek()); next()) negative ^= is_minus(peek());
  const Node* operand = factor();
  return negative ? make(Kind::negative, {}, {as_operand(operand)}) : operand;
}

const Node* Reader::factor() { return with_postfixes(atom()); }

bool Reader::starts_atom(const Token& token) const {
  switch (token.kind) {
    case TokenKind::number:
    case TokenKind::group_open:
    case TokenKind::open:
    case TokenKind::begin:
      return true;
    case TokenKind::letters:
    case TokenKind::text:
    case TokenKind::roman: {
      const WordKind kind = word_kind(token.text);
      return kind == WordKind::other || kind == WordKind::infinity || kind == WordKind::hedge ||
             kind == WordKind::option || kind == WordKind::ordinal;
    }
    case TokenKind::bar:
      return token.text != "mid" && context_.bars == 0 && !context_.has_conditions;
    case TokenKind::command:
      return begins_atom(token.does);
    case TokenKind::symbol:
      return token.is_symbol('$');
    default:
      return false;
  }
}

// Whether what comes next is multiplied with `left` by standing beside it.
bool Reader::juxtaposes(const Node* left) const {
  const Token& token = peek();
  if (token.space == Space::wide || !starts_atom(token) || is_word(token)) return false;
  if (left->kind == Kind::text || left->kind == Kind::quantity) return false;
  if (context_.integrals > 0 && token.is(TokenKind::letters) && token.text.front() == 'd' &&
      token.text.size() <= 2) {
    return false;
  }
  if (joins_sets_in_words() || is_in()) return false;
  if (opens_modulus() || opens_condition()) return false;
  // The end of ]0, 1[: a bracket that opens nothing.
  if (token.is(TokenKind::open) && token.text == "[" && !starts_atom(peek(1)) &&
      !is_plus(peek(1)) && !is_minus(peek(1))) {
    return false;
  }
  // Two numbers side by side are no product.
  if (token.is(TokenKind::number)) return !is_literal(*left) && left->kind != Kind::symbol;
  return !token.is_symbol('$');
}

// Brackets that only group, once they are part of something; a word that names a quantity. Nothing
// is no operand.
const Node* Reader::as_operand(const Node* node) {
  if (node->kind == Kind::bracketed && node->parts.size() == 1 &&
      (node->text == "[]" || node->text == "{}")) {
    return node->parts.front();
  }
  if (node->kind == Kind::blank) return fail();
  if (node->kind != Kind::text) return node;
  const bool is_name = node->text.find(' ') == std::string_view::npos;
  return is_name ? make(Kind::symbol, node->text, {}) : fail();
}

// The 10^n after the sign of multiplication, joined with its mantissa; null if something else
// follows, and then nothing is taken.
const Node* Reader::scientific(const Node* mantissa) {
  if (mantissa->kind != Kind::number || mantissa->text.find('e') != std::string_view::npos ||
      mantissa->text.find('(') != std::string_view::npos) {
    return nullptr;
  }
  if (!peek().is(TokenKind::number) || peek().text != "10" || !peek(1).is_symbol('^')) {
    return nullptr;
  }
  std::size_t at = 2;
  const bool grouped = peek(at).is(TokenKind::group_open);
  if (grouped) ++at;
  const bool in_brackets = !grouped && peek(at).is(TokenKind::open) && peek(at).text == "(";
  if (in_brackets) ++at;
  std::string exponent;
  if (is_minus(peek(at)) || is_plus(peek(at))) {
    if (is_minus(peek(at))) exponent = "-";
    ++at;
  }
  const Token& digits = peek(at);
  if (!digits.is(TokenKind::number) || !is_integer(digits.text)) return nullptr;
  ++at;
  if (grouped && !peek(at++).is(TokenKind::group_close)) return nullptr;
  if (in_brackets && !peek(at++).is(TokenKind::close)) return nullptr;
  if (peek(at).is_symbol('^') || peek(at).is_symbol('!') || peek(at).is_symbol('_')) return nullptr;
  const std::size_t from = std::min(digits.text.find_first_not_of('0'), digits.text.size() - 1);
  exponent += digits.text.substr(from);
  at_ += at;
  return number_node(std::string(mantissa->text) + 'e' + exponent);
}

}  // namespace proctor::graders::math
