// Relations as values: x = 5 is a 5 with a name, 2x + y = 3 an equation, 0 < x < 1 an interval.
#include <algorithm>
#include <utility>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {
namespace {

bool is_upper_case_letter(const Node& node) {
  return node.kind == Kind::symbol && node.text.size() == 1 && node.text[0] >= 'A' &&
         node.text[0] <= 'Z';
}

bool occurs(const Node& what, const Node& in) {
  if (what.kind == in.kind && to_string(what) == to_string(in)) return true;
  return std::ranges::any_of(in.parts, [&](const Node* part) { return occurs(what, *part); });
}

bool only(std::string_view operators, std::string_view allowed) {
  return operators.find_first_not_of(allowed) == operators.npos;
}

bool is_modulo(const Node& node) {
  return node.kind == Kind::call && node.text == "mod" && node.parts.size() == 2;
}

}  // namespace

bool has_symbols(const Node& node) {
  if (node.kind == Kind::symbol) return node.text != "e" && node.text != "i";
  return std::ranges::any_of(node.parts, [](const Node* part) { return has_symbols(*part); });
}

bool is_name(const Node& node) {
  switch (node.kind) {
    case Kind::symbol:
    case Kind::apply:
      return true;
    case Kind::text:
      return true;
    case Kind::ratio:
      return std::ranges::all_of(node.parts, [](const Node* part) { return is_name(*part); });
    case Kind::call:  // |AB|, \overline{AB}
      return (node.text == "abs" || node.text == "norm" || node.text == "conjugate") &&
             node.parts[0]->kind == Kind::product && is_name(*node.parts[0]);
    case Kind::product: {  // AB, m\angle ABC
      const auto letters = node.parts;
      const bool measure = letters.size() == 2 && letters[1]->kind == Kind::symbol &&
                           letters[1]->text.starts_with("angle");
      if (measure) return letters[0]->kind == Kind::symbol && letters[0]->text == "m";
      return std::ranges::all_of(letters,
                                 [](const Node* part) { return is_upper_case_letter(*part); });
    }
    default:
      return false;
  }
}

Value ValueReader::relation_value(const Node& node) {
  const std::string_view operators = node.text;
  if (operators.size() + 1 != node.parts.size()) return structure(node);
  if (node.parts.size() == 2 && is_modulo(*node.parts[1]) && only(operators, "=c")) {
    return congruence(node);
  }
  if (only(operators, "=~")) {
    // What follows an approximation is a rounded copy, unless it is all there is: x \approx 3.
    std::size_t exact = operators.find(relation::kApproximately);
    if (exact == operators.npos) exact = operators.size();
    if (exact == 0 && is_name(*node.parts[0])) exact = 1;
    return equation(node.parts.subspan(0, exact + 1));
  }
  if (operators == "e") return member(node);
  if (only(operators, "<>lgn=")) return inequality(node);
  return structure(node);
}

// A chain says that its first side is its last.
Value ValueReader::equation(std::span<const Node* const> operands) {
  if (operands.size() == 1) return read(*operands[0]);
  const Node& left = *operands.front();
  const Node& right = *operands.back();
  if (auto value = record(left, right)) return std::move(*value);
  if (is_name(left) && !occurs(left, right)) {
    if (auto value = named(left, right)) return std::move(*value);
  }
  if (is_name(right) && !occurs(right, left)) {
    if (auto value = named(right, left)) return std::move(*value);
  }
  if (!has_symbols(left) && !has_symbols(right)) return read(right);
  return equation_of(left, right);
}

Value ValueReader::equation_of(const Node& left, const Node& right) {
  const auto from = scalar_of(left);
  const auto to = scalar_of(right);
  Value value;
  if (!from || !to) {
    value.shape = Shape::structure;
    value.kind = Kind::relation;
    value.text = "=";
    value.parts.push_back(read(left));
    value.parts.push_back(read(right));
    return value;
  }
  value.shape = Shape::equation;
  value.constraints.push_back({forms_.difference(from->form, to->form), relation::kEqual});
  return value;
}

std::optional<Value> ValueReader::named(const Node& name, const Node& node) {
  Value value = read(node);
  if (!value.name.empty() || !value.names.empty()) return std::nullopt;  // x = (y = 5)
  if (name.kind == Kind::text) return value;
  value.name = to_string(name);
  if (name.kind == Kind::apply) {
    value.function = name.text;
    for (const Node* argument : name.parts) {
      // An event or a point, as in P(A), is no variable that could be called otherwise.
      if (argument->kind != Kind::symbol || is_upper_case_letter(*argument)) {
        value.bound.clear();
        break;
      }
      value.bound.push_back(argument->text);
    }
  }
  if (value.shape == Shape::scalar) value.name_form = lowering_.expression(name);
  return value;
}

// (x, y) = (3, 4)
std::optional<Value> ValueReader::record(const Node& names, const Node& values) {
  const bool tuples = names.kind == Kind::bracketed && names.parts.size() > 1 &&
                      values.kind == Kind::bracketed && names.parts.size() == values.parts.size();
  if (!tuples ||
      !std::ranges::all_of(names.parts, [](const Node* part) { return is_name(*part); })) {
    return std::nullopt;
  }
  Value value = read(values);
  if (value.shape != Shape::tuple) return std::nullopt;
  value.text = "()";
  for (const Node* part : names.parts) value.names.push_back(to_string(*part));
  return value;
}

// x \in S is S with a name. An interval is meant where a pair might be.
Value ValueReader::member(const Node& node) {
  if (!is_name(*node.parts[0]) || node.parts[1]->kind == Kind::symbol) return structure(node);
  Value value = read(*node.parts[1]);
  if (!value.name.empty()) return structure(node);
  if (value.shape == Shape::tuple) {
    if (auto pieces = pieces_of(value)) value = region_value(std::move(*pieces));
  }
  value.name = to_string(*node.parts[0]);
  return value;
}

// x \equiv 3 \pmod 7. With an equals sign it may also be a calculation, as in r = 17 \bmod 5.
Value ValueReader::congruence(const Node& node) {
  const Node& right = *node.parts[1];
  const auto residue = scalar_of(*right.parts[0]);
  const auto modulus = scalar_of(*right.parts[1]);
  if (!residue || !modulus || !is_name(*node.parts[0])) return structure(node);
  if (node.text == "=" && residue->form->is_number() && modulus->form->is_number() &&
      compare(residue->form->number.magnitude(), modulus->form->number.magnitude()) >= 0) {
    return equation(node.parts);
  }
  Value value;
  value.shape = Shape::congruence;
  value.name = to_string(*node.parts[0]);
  for (const Scalar& scalar : {*residue, *modulus}) {
    Value part;
    part.shape = Shape::scalar;
    part.scalar = scalar;
    value.parts.push_back(std::move(part));
  }
  return value;
}

}  // namespace proctor::graders::math
