// What stands at the corners of a factor and after it: powers, indices, primes, factorials,
// degrees.
#include "graders/math/expression/reader.h"
#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

bool is_plus(const Token& token) { return token.is_symbol('+'); }
bool is_minus(const Token& token) { return token.is_symbol('-'); }

// C_6^3 counts choices, where it is no constant squared: gives the 6, or nothing.
std::string_view choices_from(const Node& base, const Node& raised) {
  if (base.kind != Kind::symbol || !base.text.starts_with("C_")) return {};
  const std::string_view total = base.text.substr(2);
  if (total == "n" || total == "m") return total;
  const std::string_view chosen = raised.kind == Kind::number ? raised.text : std::string_view();
  const bool in_order =
      total.size() > chosen.size() || (total.size() == chosen.size() && total >= chosen);
  return is_integer(total) && is_integer(chosen) && in_order && total != "1" && total != "2"
             ? total
             : std::string_view();
}

}  // namespace

const Node* Reader::with_postfixes(const Node* base) {
  while (!failed()) {
    const Token& token = peek();
    if (token.is_symbol('^')) {
      next();
      base = with_exponent(base);
    } else if (token.is_symbol('_')) {
      base = with_index(base);
    } else if (token.is_symbol('!')) {
      next();
      const bool twice = peek().is_symbol('!') && peek().space == Space::none;
      if (twice) next();
      base = make(twice ? Kind::double_factorial : Kind::factorial, {}, {as_operand(base)});
    } else if (token.is_symbol('%')) {
      next();
      base = make(Kind::percent, {}, {as_operand(base)});
    } else if (token.is(Does::degree)) {
      next();
      base = degrees(base);
    } else if (token.is_symbol('\'') || token.is(Does::prime)) {
      if (base->kind != Kind::symbol) return fail();
      next();
      base = make(Kind::symbol, std::string(base->text) + '\'', {});
    } else {
      break;
    }
  }
  return base;
}

// What stands below the line is part of a name, or the base of a number.
const Node* Reader::with_index(const Node* base) {
  if (base->kind == Kind::number && is_integer(base->text)) return based(base->text);
  if (base->kind != Kind::symbol && base->kind != Kind::number_set) return fail();
  next();
  return make(Kind::symbol, std::string(base->text) + '_' + subscript(), {});
}

// What stands above the line may be a power, the sign of degrees, a prime, or a mark.
const Node* Reader::with_exponent(const Node* base) {
  const bool grouped = peek().is(TokenKind::group_open);
  const Token& first = peek(grouped ? 1 : 0);
  const bool alone = !grouped || peek(2).is(TokenKind::group_close);
  const auto take = [&] {
    for (int i = 0; i < (grouped ? 3 : 1); ++i) next();
  };
  if (alone && (first.is(Does::composes) || first.is(Does::degree))) {
    take();
    return degrees(base);
  }
  if (alone && (first.is(Does::prime) || first.is_symbol('\''))) {
    take();
    if (base->kind != Kind::symbol) return fail();
    return make(Kind::symbol, std::string(base->text) + '\'', {});
  }
  if (alone && word_kind(first.text) == WordKind::ordinal &&
      (base->kind == Kind::number || base->kind == Kind::mixed)) {
    take();
    return base;
  }
  const bool is_mark = first.is_symbol('+') || first.is_symbol('-') || first.is_symbol('*');
  if (is_mark && (grouped ? alone : !starts_atom(peek(1)))) {
    const std::string_view mark = first.text;
    take();
    return make(Kind::power, {}, {base, make(Kind::symbol, mark, {})});
  }
  const Node* raised = exponent();
  if (raised->kind == Kind::blank) return base;
  if (const std::string_view total = choices_from(*base, *raised); !total.empty()) {
    const Node* below = is_integer(total) ? number_node(total) : make(Kind::symbol, total, {});
    return call("binomial", {below, raised});
  }
  return make(Kind::power, {}, {as_operand(base), as_operand(raised)});
}

// An angle, or a temperature where C or F follows.
const Node* Reader::degrees(const Node* size) {
  const Token& scale = peek();
  const bool is_letter =
      scale.is(TokenKind::letters) || scale.is(TokenKind::text) || scale.is(TokenKind::roman);
  if (is_letter && (scale.text == "C" || scale.text == "F")) {
    return make(Kind::quantity, next().text == "C" ? "celsius" : "fahrenheit", {as_operand(size)});
  }
  return make(Kind::degrees, {}, {as_operand(size)});
}

// Unbraced digits are taken together: people write 2^10 and mean 1024.
const Node* Reader::exponent() {
  const Level level(*this);
  if (failed()) return fail();
  bool negative = false;
  for (; is_plus(peek()) || is_minus(peek()); next()) negative ^= is_minus(peek());
  const Node* raised = argument();
  if (peek().is_symbol('^')) {
    next();
    raised = with_exponent(raised);
  } else if (peek().is_symbol('!') && raised->kind == Kind::number) {
    next();
    raised = make(Kind::factorial, {}, {raised});
  }
  return negative ? make(Kind::negative, {}, {raised}) : raised;
}

// What a command or ^ applies to: a group, or the one thing that comes next.
const Node* Reader::argument() {
  if (!peek().is(TokenKind::number)) return atom();
  return number_node(next().text);
}

// The same where TeX takes a single digit: \frac12.
const Node* Reader::digit_argument() {
  Token& token = tokens_[at_];
  if (!token.is(TokenKind::number) || token.text.size() == 1) return argument();
  const Node* digit = number_node(token.text.substr(0, 1));
  token.text.remove_prefix(1);
  token.space = Space::none;
  return digit;
}

}  // namespace proctor::graders::math
