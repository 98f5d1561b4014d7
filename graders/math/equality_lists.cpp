// Several answers side by side: a system (x = 1, y = 2), a set of solutions (x = 1 or x = 2),
// bounds (x > 0, x < 1), or plainly a list.
#include <algorithm>
#include <iterator>
#include <utility>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {
namespace {

bool is_assignment(const Value& value) {
  return !value.name.empty() && value.shape != Shape::constraints;
}

bool is_relation(const Value& value) {
  return !value.name.empty() || value.shape == Shape::equation || value.shape == Shape::constraints;
}

// As pieces of the line, of the unknown that the relation is about.
std::optional<std::vector<Interval>> bounds_of(const Value& value) {
  if (value.shape == Shape::scalar && !value.scalar.form->has_symbol) {
    return std::vector<Interval>{{{value.scalar, true}, {value.scalar, true}}};
  }
  return pieces_of(value);
}

// The number of names before they repeat, if they repeat throughout: p, q, p, q has 2.
std::size_t period_of(std::span<const Value> parts) {
  std::size_t period = 1;
  while (period < parts.size() && parts[period].name != parts[0].name) ++period;
  if (parts.size() % period != 0) return 0;
  for (std::size_t i = period; i < parts.size(); ++i) {
    if (parts[i].name != parts[i - period].name) return 0;
  }
  return period;
}

bool distinct_names(std::span<const Value> parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (parts[i].name == parts[j].name) return false;
    }
  }
  return true;
}

Value record_of(std::span<Value> parts) {
  Value value;
  value.shape = Shape::tuple;
  value.text = "()";
  for (Value& part : parts) {
    value.names.push_back(std::exchange(part.name, {}));
    value.parts.push_back(std::move(part));
  }
  return value;
}

Value collection_of(std::vector<Value> parts) {
  Value value;
  value.shape = Shape::collection;
  value.parts = std::move(parts);
  return value;
}

// x = 1 or x = 2; also x = 1, 2, where only the first bears the name.
Value values_of_one(std::vector<Value> parts) {
  std::string name = parts[0].name;
  const std::string_view function = parts[0].function;
  std::vector<std::string_view> bound = parts[0].bound;
  std::vector<Value> elements;
  for (Value& part : parts) {
    if (part.shape == Shape::collection && !part.braces) {
      std::ranges::move(part.parts, std::back_inserter(elements));
      continue;
    }
    part.name.clear();
    elements.push_back(std::move(part));
  }
  Value value = collection_of(std::move(elements));
  value.name = std::move(name);
  value.function = function;
  value.bound = std::move(bound);
  return value;
}

Value assignments(std::vector<Value> parts, bool alternatives) {
  const std::size_t period = period_of(parts);
  if (period == 1) return values_of_one(std::move(parts));
  if (period == 0 || !distinct_names(std::span(parts).first(period))) {
    return collection_of(std::move(parts));
  }
  if (period == parts.size()) {
    return alternatives ? collection_of(std::move(parts)) : record_of(parts);
  }
  std::vector<Value> systems;
  for (std::size_t i = 0; i < parts.size(); i += period) {
    systems.push_back(record_of(std::span(parts).subspan(i, period)));
  }
  return collection_of(std::move(systems));
}

// Bounds on one unknown: all of them hold after "and", any after "or". After a comma both are
// meant at times: if not all of them can hold, any does.
std::optional<Value> bounds(std::span<const Value> parts, std::string_view separator) {
  std::vector<Interval> any;
  std::optional<std::vector<Interval>> all;
  for (const Value& part : parts) {
    const auto pieces = bounds_of(part);
    if (!pieces || part.name != parts[0].name) return std::nullopt;
    std::ranges::copy(*pieces, std::back_inserter(any));
    all = all ? intersection(*all, *pieces) : *pieces;
    if (!all) return std::nullopt;
  }
  const bool either = separator == "or" || (separator != "and" && all->empty());
  Value value = region_value(either ? std::move(any) : std::move(*all));
  value.name = parts[0].name;
  return value;
}

}  // namespace

Value ValueReader::list_of(std::vector<Value> parts, std::string_view separator) {
  if (parts.size() == 1) return std::move(parts[0]);
  if (std::ranges::all_of(parts, is_assignment)) {
    const bool intervals =
        std::ranges::any_of(parts, [](const Value& part) { return part.shape == Shape::region; });
    if (intervals) {
      if (auto value = bounds(parts, separator)) return std::move(*value);
    }
    return assignments(std::move(parts), separator == "or");
  }
  if (std::ranges::all_of(parts, is_relation)) {
    const bool one_unknown =
        std::ranges::all_of(parts, [&](const Value& part) { return part.name == parts[0].name; });
    if (one_unknown && !parts[0].name.empty()) {
      if (auto value = bounds(parts, separator)) return std::move(*value);
    }
    return collection_of(std::move(parts));
  }
  if (is_assignment(parts[0]) && std::ranges::none_of(std::span(parts).subspan(1), is_relation)) {
    return values_of_one(std::move(parts));
  }
  return collection_of(std::move(parts));
}

}  // namespace proctor::graders::math
