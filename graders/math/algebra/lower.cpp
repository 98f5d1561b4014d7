#include "graders/math/algebra/lower.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kMostZeros = 20'000;  // of a number in scientific notation, written out
constexpr std::int64_t kLargestExponent = 1'000'000'000'000;

bool linked(const Node& node) {
  return (node.kind == Kind::plus_minus && node.text == "-+") ||
         std::ranges::any_of(node.parts, [](const Node* part) { return linked(*part); });
}

unsigned count_plus_minus(const Node& node) {
  unsigned count = node.kind == Kind::plus_minus ? 1 : 0;
  for (const Node* part : node.parts) count += count_plus_minus(*part);
  return count;
}

bool is_group(const Node& node) {
  return node.kind == Kind::bracketed && node.parts.size() == 1 &&
         (node.text == "[]" || node.text == "{}" || node.text == "()");
}

}  // namespace

unsigned count_signs(const Node& node) {
  const unsigned count = count_plus_minus(node);
  return count > 1 && linked(node) ? 1 : count;
}

bool has_matrix(const Node& node) {
  if (node.kind == Kind::matrix) return true;
  switch (node.kind) {
    case Kind::sum:
    case Kind::product:
    case Kind::quotient:
    case Kind::negative:
    case Kind::power:
      break;
    case Kind::call:
      if (node.text != "transpose") return false;
      break;
    default:
      return false;
  }
  return std::ranges::any_of(node.parts, [](const Node* part) { return has_matrix(*part); });
}

const Form* Lowering::expression(const Node& node) {
  switch (node.kind) {
    case Kind::number:
      return number(node.text);
    case Kind::based:
      return based(node);
    case Kind::symbol:
      return symbol(node.text);
    case Kind::constant:
      return constant(node.text);
    case Kind::sum:
    case Kind::mixed:
      return sum(node);
    case Kind::product:
      return product(node);
    case Kind::quotient: {
      const Form* numerator = expression(*node.parts[0]);
      const Form* denominator = expression(*node.parts[1]);
      if (numerator == nullptr || denominator == nullptr) return nullptr;
      return forms_.quotient(numerator, denominator);
    }
    case Kind::negative: {
      const Form* part = expression(*node.parts[0]);
      return part == nullptr ? nullptr : forms_.negative(part);
    }
    case Kind::plus_minus:
      return plus_minus(node);
    case Kind::power: {
      const Form* base = expression(*node.parts[0]);
      const Form* exponent = expression(*node.parts[1]);
      if (base == nullptr || exponent == nullptr) return nullptr;
      return forms_.power(base, exponent);
    }
    case Kind::root:
      return root(node);
    case Kind::factorial:
    case Kind::double_factorial: {
      const Form* part = expression(*node.parts[0]);
      if (part == nullptr) return nullptr;
      return forms_.function(
          node.kind == Kind::factorial ? Function::factorial : Function::double_factorial, part);
    }
    case Kind::percent: {
      const Form* part = expression(*node.parts[0]);
      return part == nullptr ? nullptr : forms_.product(part, forms_.number(Rational(1, 100)));
    }
    case Kind::degrees: {
      const Form* part = expression(*node.parts[0]);
      if (part == nullptr) return nullptr;
      if (function_depth_ == 0) met_.degrees = true;
      const Form* factors[] = {part, forms_.constant(Constant::pi),
                               forms_.number(Rational(1, 180))};
      return forms_.product(factors);
    }
    case Kind::quantity: {
      const Form* part = expression(*node.parts[0]);
      if (part == nullptr) return nullptr;
      return forms_.product(part, forms_.symbol("unit " + std::string(node.text)));
    }
    case Kind::call:
      return call(node);
    case Kind::apply:
    case Kind::opaque:
      return opaque(node);
    case Kind::big_sum:
    case Kind::big_product:
      return big_operation(node);
    case Kind::bracketed:
      return is_group(node) ? expression(*node.parts[0]) : nullptr;
    default:
      return nullptr;
  }
}

// DIGITS[.DIGITS][(REPETEND)][eEXPONENT], as the parser writes numbers.
const Form* Lowering::number(std::string_view text) {
  const std::size_t e = text.find('e');
  std::int64_t exponent = 0;
  if (e != std::string_view::npos) {
    const char* first = text.data() + e + 1 + (text[e + 1] == '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), exponent);
    if (error != std::errc() || exponent > kLargestExponent || exponent < -kLargestExponent) {
      return forms_.undefined();
    }
    text = text.substr(0, e);
  }
  const std::size_t open = text.find('(');
  std::string_view repetend;
  if (open != std::string_view::npos) {
    repetend = text.substr(open + 1, text.find(')', open) - open - 1);
    text = text.substr(0, open);
  }
  const std::size_t point = text.find('.');
  Rational value;
  std::int64_t places = 0;
  if (point == std::string_view::npos) {
    value = parse_integer(text);
  } else {
    std::string digits(text.substr(0, point));
    digits += text.substr(point + 1);
    places = static_cast<std::int64_t>(text.size() - point - 1);
    value = parse_integer(digits);
    if (repetend.empty()) met_.decimal = true;
  }
  if (!repetend.empty()) {
    const auto period = static_cast<std::int64_t>(repetend.size());
    const Rational nines = Rational(10).power(period) - Rational(1);
    value = value + parse_integer(repetend) * nines.inverse();
  }
  exponent -= places;
  if (std::abs(exponent) <= kMostZeros) {
    return forms_.number(value * Rational(10).power(exponent));
  }
  return forms_.product(forms_.number(value), forms_.power(forms_.number(10), exponent));
}

const Form* Lowering::based(const Node& node) {
  const Form* base = expression(*node.parts[0]);
  if (base == nullptr || !base->is_number() || !base->number.small()) return nullptr;
  const std::int64_t radix = *base->number.small();
  if (radix < 2 || radix > 36) return nullptr;
  Rational value;
  for (const char c : node.text) {
    const std::int64_t digit = c >= '0' && c <= '9'   ? c - '0'
                               : c >= 'a' && c <= 'z' ? c - 'a' + 10
                               : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                                      : radix;
    if (digit >= radix) return nullptr;
    value = value * Rational(radix) + Rational(digit);
  }
  return forms_.number(std::move(value));
}

const Form* Lowering::symbol(std::string_view name) {
  const auto is_name = [&](const auto& names) {
    return std::ranges::find(names, name) != names.end();
  };
  if ((name == "e" || name == "i") && !is_name(reading_.names) && !is_name(indices_)) {
    return forms_.constant(name == "e" ? Constant::e : Constant::i);
  }
  return forms_.symbol(name);
}

const Form* Lowering::constant(std::string_view name) {
  if (name == "pi") return forms_.constant(Constant::pi);
  if (name == "e") return forms_.constant(Constant::e);
  if (name == "i") return forms_.constant(Constant::i);
  if (name == "infinity") return forms_.constant(Constant::infinity);
  return forms_.symbol(name);
}

const Form* Lowering::sum(const Node& node) {
  std::vector<const Form*> terms;
  return arguments_of(node, terms) ? forms_.sum(terms) : nullptr;
}

const Form* Lowering::product(const Node& node) {
  std::vector<const Form*> factors;
  return arguments_of(node, factors) ? forms_.product(factors) : nullptr;
}

const Form* Lowering::plus_minus(const Node& node) {
  const unsigned bit = next_sign_;
  next_sign_ = std::min(next_sign_ + 1, 31u);
  const bool negative = ((reading_.signs >> bit) & 1) != 0;
  const bool reversed = node.text == "-+";
  const Form* last = expression(*node.parts.back());
  if (last == nullptr) return nullptr;
  if (negative != reversed) last = forms_.negative(last);
  if (node.parts.size() == 1) return last;
  const Form* first = expression(*node.parts[0]);
  return first == nullptr ? nullptr : forms_.sum(first, last);
}

const Form* Lowering::root(const Node& node) {
  const Form* radicand = expression(*node.parts[0]);
  const Form* degree = node.parts.size() > 1 ? expression(*node.parts[1]) : nullptr;
  if (radicand == nullptr || (node.parts.size() > 1 && degree == nullptr)) return nullptr;
  if (degree == nullptr) return forms_.root(radicand, 2);
  return forms_.power(radicand, forms_.power(degree, -1));
}

bool Lowering::arguments_of(const Node& node, std::vector<const Form*>& out) {
  out.reserve(node.parts.size());
  for (const Node* part : node.parts) {
    const bool nested = node.kind == Kind::call && part->parts.size() > 1 &&
                        (part->kind == Kind::list || part->kind == Kind::bracketed);
    if (nested) {  // \max\{3, 7\}
      if (!arguments_of(*part, out)) return false;
      continue;
    }
    const Form* form = expression(*part);
    if (form == nullptr) return false;
    out.push_back(form);
  }
  return true;
}

const Form* Lowering::call(const Node& node) {
  if (node.text == "det") {
    const auto inner = matrix(*node.parts[0]);
    return inner ? determinant(forms_, *inner) : nullptr;
  }
  if (node.text == "norm") return norm(node);
  // The length of a magnitude keeps its unit, an angle inside does not make the value one.
  ++function_depth_;
  std::vector<const Form*> arguments;
  const bool all = arguments_of(node, arguments);
  --function_depth_;
  if (!all || arguments.empty()) return nullptr;
  return function_of(node.text, arguments);
}

const Form* Lowering::norm(const Node& node) {
  const Node& inner = *node.parts[0];
  std::vector<const Form*> entries;
  if (has_matrix(inner)) {
    const auto vector = matrix(inner);
    if (!vector || (vector->columns != 1 && vector->rows() != 1)) return nullptr;
    entries = vector->entries;
  } else if (inner.kind == Kind::bracketed && inner.parts.size() > 1) {
    if (!arguments_of(inner, entries)) return nullptr;
  } else {
    const Form* x = expression(inner);
    return x == nullptr ? nullptr : forms_.function(Function::abs, x);
  }
  std::vector<const Form*> squares;
  for (const Form* entry : entries) squares.push_back(forms_.power(entry, 2));
  return forms_.root(forms_.sum(squares), 2);
}

// An unknown function or operation is equal to itself only, with equal arguments.
const Form* Lowering::opaque(const Node& node) {
  const bool is_opaque = node.kind != Kind::apply;
  std::vector<const Form*> arguments;
  if (!arguments_of(node, arguments)) return forms_.symbol(to_string(node), is_opaque);
  if (node.text == "cis" && arguments.size() == 1) {
    return forms_.sum(
        forms_.function(Function::cos, arguments[0]),
        forms_.product(forms_.constant(Constant::i), forms_.function(Function::sin, arguments[0])));
  }
  std::string name(node.text);
  name += '(';
  for (const Form* argument : arguments) {
    if (argument->op == Op::undefined) return argument;
    name += to_string(*argument) + ',';
  }
  name.back() = ')';
  return forms_.symbol(name, is_opaque);
}

const Form* Lowering::big_operation(const Node& node) {
  if (node.parts.size() != 3) return nullptr;
  const Form* from = expression(*node.parts[0]);
  const Form* to = expression(*node.parts[1]);
  indices_.push_back(node.text);
  const Form* body = expression(*node.parts[2]);
  indices_.pop_back();
  if (from == nullptr || to == nullptr || body == nullptr) return nullptr;
  const bool sum = node.kind == Kind::big_sum;
  const auto closed = sum ? closed_sum : closed_product;
  if (const Form* value = closed(forms_, node.text, from, to, body)) return value;
  const Form* renamed = forms_.substitute(body, node.text, forms_.symbol("#"));
  return forms_.symbol((sum ? "sum(" : "product(") + to_string(*from) + ',' + to_string(*to) + ',' +
                           to_string(*renamed) + ')',
                       true);
}

}  // namespace proctor::graders::math
