// What stands in brackets, and what is done with sets, as values.
#include <algorithm>
#include <iterator>
#include <utility>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {

Value ValueReader::bracketed(const Node& node) {
  if (node.text == "{}") return set(node);
  std::vector<Value> parts;
  for (const Node* part : node.parts) parts.push_back(read_one_sign(*part));
  const bool scalars =
      std::ranges::all_of(parts, [](const Value& part) { return part.shape == Shape::scalar; });
  if (parts.size() == 2 && scalars && node.text != "()" && node.text != "[]" && node.text != "<>") {
    const Endpoint low{parts[0].scalar, node.text[0] == '['};
    const Endpoint high{parts[1].scalar, node.text[1] == ']'};
    return region_value({{low, high}});
  }
  Value value;
  value.shape = Shape::tuple;
  value.text = node.text == "<>" ? "()" : node.text;
  value.parts = std::move(parts);
  return value;
}

Value ValueReader::set(const Node& node) {
  Value value;
  value.shape = Shape::collection;
  for (const Node* part : node.parts) {
    Value element = read(*part);
    const bool side_by_side =
        element.shape == Shape::collection && !element.braces && element.name.empty();
    if (side_by_side) {
      std::ranges::move(element.parts, std::back_inserter(value.parts));
    } else {
      value.parts.push_back(std::move(element));
    }
  }
  value.braces = true;
  return value;
}

Value ValueReader::set_operation(const Node& node) {
  std::vector<Value> parts;
  for (const Node* part : node.parts) parts.push_back(read(*part));
  const bool joins = node.text == "union";
  if (joins && std::ranges::all_of(parts, [](const Value& part) {
        return part.shape == Shape::collection && part.braces;
      })) {
    Value all = std::move(parts[0]);
    for (Value& part : std::span(parts).subspan(1)) {
      std::ranges::move(part.parts, std::back_inserter(all.parts));
    }
    return all;
  }
  std::optional<std::vector<Interval>> result;
  for (const Value& part : parts) {
    auto pieces = pieces_of(part);
    if (!pieces) return structure(node);
    if (!result) {
      result = std::move(pieces);
    } else if (joins) {
      std::ranges::move(*pieces, std::back_inserter(*result));
    } else {
      if (node.text == "difference") pieces = complement(forms_, std::move(*pieces));
      if (pieces) result = intersection(*result, *pieces);
      if (!pieces || !result) return structure(node);
    }
  }
  return region_value(std::move(*result));
}

Value ValueReader::set_builder(const Node& node) {
  if (node.parts.empty() || node.parts[0]->kind != Kind::symbol) return structure(node);
  std::optional<std::vector<Interval>> result;
  for (const Node* condition : node.parts.subspan(1)) {
    const Value value = read(*condition);
    if (node.parts.size() == 2 && value.shape == Shape::collection &&
        value.name == node.parts[0]->text) {
      Value elements = value;
      elements.braces = true;
      elements.name.clear();
      return elements;
    }
    const auto pieces = pieces_of(value);
    const bool about_it = value.name.empty() || value.name == node.parts[0]->text;
    if (!pieces || !about_it) return structure(node);
    result = result ? intersection(*result, *pieces) : *pieces;
    if (!result) return structure(node);
  }
  return result ? region_value(std::move(*result)) : structure(node);
}

}  // namespace proctor::graders::math
