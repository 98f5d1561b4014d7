#include "backends/engine/chat_template/selection.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/engine/chat_template/access.h"
#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/case_mapping.h"
#include "backends/engine/chat_template/filters.h"
#include "backends/engine/chat_template/operators.h"
#include "backends/engine/chat_template/text.h"
#include "backends/engine/chat_template/value_tests.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// jinja2's ignore_case(): strings in lower case, others as they are.
Result<Value> without_case(const Value& value) {
  if (!value.is_text()) return value;
  Result<std::string> lower = to_case(value.bytes(), Case::lower);
  if (!lower) return lower.error();
  return Value::text(*std::move(lower));
}

// What an item is compared by: itself or an attribute of it, upper and lower case alike unless
// asked otherwise.
Result<Value> key_of(const Value& item, const Value* attribute, bool case_sensitive,
                     Budget& budget) {
  const bool whole = attribute == nullptr || attribute->is_none();
  Result<Value> key = whole ? item : get_path(item, *attribute, nullptr, budget);
  if (!key || case_sensitive) return key;
  return without_case(*key);
}

// The keys of one item for an attribute "a,b", as a list, which compares as Python's tuple does.
Result<Value> keys_of(const Value& item, const Value* attribute, bool case_sensitive,
                      Budget& budget) {
  std::vector<Value> keys;
  if (attribute == nullptr || !attribute->is_text()) {
    Result<Value> key = key_of(item, attribute, case_sensitive, budget);
    if (!key) return key;
    keys.push_back(*std::move(key));
  } else {
    for (const std::string_view part : split(attribute->bytes(), ",", -1)) {
      const Value path = Value::text(std::string(part));
      Result<Value> key = key_of(item, &path, case_sensitive, budget);
      if (!key) return key;
      keys.push_back(*std::move(key));
    }
  }
  return Value::list(std::move(keys));
}

using Keyed = std::pair<Value, Value>;  // key, item

// A stable sort by key. Errors: invalid_input, for keys that have no order.
Result<std::vector<Value>> sorted(std::vector<Keyed> all, bool reverse, Budget& budget) {
  std::optional<Error> failure;
  const auto before = [&](const Keyed& left, const Keyed& right) {
    if (failure) return false;
    const Result<void> paid = budget.take_steps(1);
    const Result<bool> is_less =
        reverse ? less(right.first, left.first) : less(left.first, right.first);
    if (!paid) failure = paid.error();
    if (!is_less) failure = is_less.error();
    return !failure && *is_less;
  };
  std::stable_sort(all.begin(), all.end(), before);
  if (failure) return *failure;
  std::vector<Value> items;
  for (Keyed& one : all) items.push_back(std::move(one.second));
  return items;
}

// Goes through the input with `visit`, which returns what to keep. What fails on the way fails when
// the result is used so far.
template <class Visit>
Value generated(const Value& input, Budget& budget, const Visit& visit) {
  std::vector<Value> kept;
  if (!truthy(input)) return Value::iterator({});
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return Value::iterator({}, items.error());
  for (const Value& item : *items) {
    const Result<std::optional<Value>> result = visit(item);
    if (!result) return Value::iterator(std::move(kept), result.error());
    if (*result) kept.push_back(**result);
  }
  return Value::iterator(std::move(kept));
}

Result<Value> choose(const Value& input, const Arguments& arguments, Budget& budget,
                     bool by_attribute, bool wanted) {
  const std::vector<Value>& given = arguments.positional;
  const std::size_t name_at = by_attribute ? 1 : 0;
  if (by_attribute && given.empty()) {
    return Value::iterator({}, invalid("selectattr and rejectattr need an attribute"));
  }
  const TestEntry* test = nullptr;
  Arguments rest{.positional = {}, .named = arguments.named};
  if (given.size() > name_at) {
    const Value& name = given[name_at];
    test = name.is_text() ? find_test(name.bytes()) : nullptr;
    if (test == nullptr) return Value::iterator({}, invalid("no such test is supported"));
    rest.positional.assign(given.begin() + static_cast<std::ptrdiff_t>(name_at) + 1, given.end());
  }
  return generated(input, budget, [&](const Value& item) -> Result<std::optional<Value>> {
    const Result<Value> subject =
        by_attribute ? get_path(item, given[0], nullptr, budget) : Result<Value>(item);
    if (!subject) return subject.error();
    const Result<bool> holds =
        test == nullptr ? Result<bool>(truthy(*subject)) : run_test(*test, *subject, rest, budget);
    if (!holds) return holds.error();
    return *holds == wanted ? std::optional<Value>(item) : std::nullopt;
  });
}

Result<Value> extreme(const Value& input, const Arguments& arguments, Budget& budget,
                      bool smallest) {
  const Result<Bound> bound = Bound::bind("min", {"case_sensitive", "attribute"}, arguments);
  if (!bound) return bound.error();
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  if (items->empty()) return Value::undefined("No aggregated item, sequence was empty.");
  std::optional<Keyed> best;
  for (const Value& item : *items) {
    Result<Value> key = key_of(item, (*bound)[1], bound->flag(0), budget);
    if (!key) return key;
    if (best) {
      const Result<bool> better = smallest ? less(*key, best->first) : less(best->first, *key);
      if (!better) return better.error();
      if (!*better) continue;
    }
    best = Keyed(*std::move(key), item);
  }
  return best->second;
}

}  // namespace

Result<Value> map_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  if (arguments.positional.empty()) {
    const Result<Bound> bound = Bound::bind("map", {"attribute", "default"}, arguments, 1);
    if (!bound) return Value::iterator({}, bound.error());
    return generated(input, budget, [&](const Value& item) -> Result<std::optional<Value>> {
      const Result<Value> found = get_path(item, *(*bound)[0], (*bound)[1], budget);
      if (!found) return found.error();
      return std::optional<Value>(*found);
    });
  }
  const Value& name = arguments.positional[0];
  const FilterEntry* filter = name.is_text() ? find_filter(name.bytes()) : nullptr;
  if (filter == nullptr) return Value::iterator({}, invalid("map: no such filter is supported"));
  const Arguments rest{.positional = {arguments.positional.begin() + 1, arguments.positional.end()},
                       .named = arguments.named};
  return generated(input, budget, [&](const Value& item) -> Result<std::optional<Value>> {
    const Result<Value> result = filter->apply(item, rest, budget);
    if (!result) return result.error();
    return std::optional<Value>(*result);
  });
}

Result<Value> select_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return choose(input, arguments, budget, false, true);
}

Result<Value> reject_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return choose(input, arguments, budget, false, false);
}

Result<Value> selectattr_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return choose(input, arguments, budget, true, true);
}

Result<Value> rejectattr_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return choose(input, arguments, budget, true, false);
}

Result<Value> sort_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound =
      Bound::bind("sort", {"reverse", "case_sensitive", "attribute"}, arguments);
  if (!bound) return bound.error();
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  std::vector<Keyed> all;
  for (const Value& item : *items) {
    Result<Value> keys = keys_of(item, (*bound)[2], bound->flag(1), budget);
    if (!keys) return keys;
    all.emplace_back(*std::move(keys), item);
  }
  Result<std::vector<Value>> result = sorted(std::move(all), bound->flag(0), budget);
  if (!result) return result.error();
  return Value::list(*std::move(result));
}

Result<Value> dictsort_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound =
      Bound::bind("dictsort", {"case_sensitive", "by", "reverse"}, arguments);
  if (!bound) return bound.error();
  const bool by_value = bound->has(1) && equal(*(*bound)[1], Value::text("value"));
  if (bound->has(1) && !by_value && !equal(*(*bound)[1], Value::text("key"))) {
    return invalid("dictsort: by must be key or value");
  }
  if (input.dict() == nullptr) return invalid("dictsort: not a mapping");
  std::vector<Keyed> all;
  for (const auto& [key, value] : input.dict()->entries()) {
    Result<Value> by = key_of(by_value ? value : key, nullptr, bound->flag(0), budget);
    if (!by) return by;
    Result<Value> pair = Value::tuple({key, value});
    if (!pair) return pair;
    all.emplace_back(*std::move(by), *std::move(pair));
  }
  Result<std::vector<Value>> result = sorted(std::move(all), bound->flag(2), budget);
  if (!result) return result.error();
  return Value::list(*std::move(result));
}

Result<Value> unique_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("unique", {"case_sensitive", "attribute"}, arguments);
  if (!bound) return bound.error();
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return Value::iterator({}, items.error());
  Dict seen;
  std::vector<Value> kept;
  for (const Value& item : *items) {
    const Result<Value> key = key_of(item, (*bound)[1], bound->flag(0), budget);
    if (!key) return Value::iterator(std::move(kept), key.error());
    const std::size_t before = seen.entries().size();
    const Result<void> added = seen.set(*key, Value());
    if (!added) return Value::iterator(std::move(kept), added.error());
    if (seen.entries().size() > before) kept.push_back(item);
  }
  return Value::iterator(std::move(kept));
}

Result<Value> min_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return extreme(input, arguments, budget, true);
}

Result<Value> max_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return extreme(input, arguments, budget, false);
}

Result<Value> sum_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("sum", {"attribute", "start"}, arguments);
  if (!bound) return bound.error();
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  Value total = bound->has(1) ? *(*bound)[1] : Value(std::int64_t{0});
  if (total.is_text()) return invalid("sum does not add strings");
  for (const Value& item : *items) {
    const Result<Value> term = key_of(item, (*bound)[0], true, budget);
    if (!term) return term;
    Result<Value> next = apply(Operator::add, total, *term, budget);
    if (!next) return next;
    total = *std::move(next);
  }
  return total;
}

Result<Value> items_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("items", {}, arguments);
  if (!bound) return bound.error();
  if (input.is_undefined()) return Value::iterator({});
  if (input.dict() == nullptr) return Value::iterator({}, invalid("items: not a mapping"));
  const DictView view{*input.as<std::shared_ptr<const Dict>>(), DictView::Of::items};
  Result<std::vector<Value>> pairs = iterate(Value(view), budget);
  if (!pairs) return pairs.error();
  return Value::iterator(*std::move(pairs));
}

Result<Value> first_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("first", {}, arguments);
  if (!bound) return bound.error();
  Iterator* iterator = input.object<Iterator>();
  if (iterator != nullptr && iterator->next < iterator->items.size()) {
    return iterator->items[iterator->next++];
  }
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  if (items->empty()) return Value::undefined("No first item, sequence was empty.");
  return items->front();
}

Result<Value> last_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("last", {}, arguments);
  if (!bound) return bound.error();
  if (input.object<Iterator>() != nullptr) return invalid("last: a generator has no known end");
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  if (items->empty()) return Value::undefined("No last item, sequence was empty.");
  return items->back();
}

Result<Value> reverse_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("reverse", {}, arguments);
  if (!bound) return bound.error();
  if (input.is_text()) {
    return get_slice(input, Value(), Value(), Value(std::int64_t{-1}), budget);
  }
  Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  std::reverse(items->begin(), items->end());
  if (input.object<Iterator>() != nullptr) return Value::list(*std::move(items));
  return Value::iterator(*std::move(items));
}

Result<Value> list_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("list", {}, arguments);
  if (!bound) return bound.error();
  Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  return Value::list(*std::move(items));
}

Result<Value> join_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("join", {"d", "attribute"}, arguments);
  if (!bound) return bound.error();
  const Result<std::string> between =
      bound->has(0) ? to_text(*(*bound)[0], budget) : Result<std::string>(std::string());
  if (!between) return between.error();
  const Result<std::vector<Value>> items = iterate(input, budget);
  if (!items) return items.error();
  std::string all;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Result<Value> item = key_of((*items)[i], (*bound)[1], true, budget);
    if (!item) return item;
    const Result<std::string> text = to_text(*item, budget);
    if (!text) return text.error();
    if (const Result<void> paid = budget.take_bytes(between->size()); !paid) return paid.error();
    if (i > 0) all += *between;
    all += *text;
  }
  return Value::text(std::move(all));
}

}  // namespace proctor::engine
