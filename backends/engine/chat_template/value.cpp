#include "backends/engine/chat_template/value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/engine/chat_template/loop.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

int deepest(const std::vector<Value>& items) {
  int depth = 0;
  for (const Value& item : items) depth = std::max(depth, nesting(item));
  return depth;
}

Result<Value> make_list(std::vector<Value> items, bool tuple) {
  List list{.items = std::move(items), .tuple = tuple};
  list.depth = 1 + deepest(list.items);
  if (list.depth > kMaxNesting) return invalid("a list is nested deeper than 200 levels");
  return Value(std::make_shared<const List>(std::move(list)));
}

// A spelling that two keys share exactly if they are equal in Python, where 1 == 1.0 == True.
Result<std::string> key_of(const Value& key) {
  if (key.is_text()) return "s" + key.bytes();
  if (key.is_none()) return std::string("n");
  if (key.is_undefined()) return std::string("u");
  if (const auto integer = key.integer()) return "i" + std::to_string(*integer);
  if (const double* number = key.as<double>()) {
    const bool integral = std::trunc(*number) == *number && std::abs(*number) < 0x1p63;
    if (integral) return "i" + std::to_string(static_cast<std::int64_t>(*number));
    return "f" + float_text(*number);
  }
  if (const Range* range = key.as<Range>()) {
    const std::size_t size = range->size();
    return "r" + std::to_string(size) + ":" + std::to_string(size > 0 ? range->start : 0) + ":" +
           std::to_string(size > 1 ? range->step : 0);
  }
  for (const void* object : {static_cast<const void*>(key.object<Namespace>()),
                             static_cast<const void*>(key.object<Iterator>()),
                             static_cast<const void*>(key.object<const Function>()),
                             static_cast<const void*>(key.object<Loop>())}) {
    if (object != nullptr) return "o" + std::to_string(reinterpret_cast<std::uintptr_t>(object));
  }
  const List* list = key.list_items();
  if (list == nullptr || !list->tuple) return invalid("unhashable type: '" + type_name(key) + "'");
  std::string spelling = "t";
  for (const Value& item : list->items) {
    const Result<std::string> part = key_of(item);
    if (!part) return part.error();
    spelling += std::to_string(part->size()) + ":" + *part;
  }
  return spelling;
}

// long double holds every int64 and every double exactly.
long double exact_number(const Value& value) {
  const auto whole = value.integer();
  return whole ? static_cast<long double>(*whole) : static_cast<long double>(*value.number());
}

bool equal_items(const std::vector<Value>& left, const std::vector<Value>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
}

bool equal_dicts(const Dict& left, const Dict& right) {
  if (left.entries().size() != right.entries().size()) return false;
  return std::all_of(left.entries().begin(), left.entries().end(), [&](const Dict::Entry& entry) {
    const Result<const Value*> other = right.find(entry.first);
    return other && *other != nullptr && equal(entry.second, **other);
  });
}

bool equal_ranges(const Range& left, const Range& right) {
  if (left.size() != right.size()) return false;
  if (left.size() == 0) return true;
  return left.start == right.start && (left.size() == 1 || left.step == right.step);
}

std::vector<Value> view_items(const DictView& view) {
  std::vector<Value> items;
  for (const auto& [key, value] : view.dict->entries()) {
    if (view.of == DictView::Of::keys) {
      items.push_back(key);
    } else if (view.of == DictView::Of::values) {
      items.push_back(value);
    } else {
      List pair{.items = {key, value}, .tuple = true, .depth = 1 + nesting(value)};
      items.push_back(Value(std::make_shared<const List>(std::move(pair))));
    }
  }
  return items;
}

Result<std::vector<Value>> drain(Iterator& iterator) {
  std::vector<Value> rest(iterator.items.begin() + static_cast<std::ptrdiff_t>(iterator.next),
                          iterator.items.end());
  iterator.next = iterator.items.size();
  if (iterator.failure) return *std::exchange(iterator.failure, std::nullopt);
  return rest;
}

}  // namespace

std::size_t Range::size() const {
  // Unsigned: the distance of two int64 may not fit into one.
  const auto span = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  if (step > 0 && start < stop) {
    return static_cast<std::size_t>((span(start, stop) - 1) / static_cast<std::uint64_t>(step)) + 1;
  }
  if (step < 0 && start > stop)
    return static_cast<std::size_t>((span(stop, start) - 1) / span(step, 0)) + 1;
  return 0;
}

const Value* Namespace::find(std::string_view name) const {
  for (const auto& [key, value] : attributes) {
    if (key == name) return &value;
  }
  return nullptr;
}

void Namespace::set(std::string_view name, Value value) {
  for (auto& [key, old] : attributes) {
    if (key != name) continue;
    old = std::move(value);
    return;
  }
  attributes.emplace_back(name, std::move(value));
}

Value Value::text(std::string bytes, bool markup) {
  return Value(Text{std::make_shared<const std::string>(std::move(bytes)), markup});
}

Value Value::undefined(std::string why) {
  return Value(Undefined{std::make_shared<const std::string>(std::move(why))});
}

Result<Value> Value::list(std::vector<Value> items) { return make_list(std::move(items), false); }

Result<Value> Value::tuple(std::vector<Value> items) { return make_list(std::move(items), true); }

Value Value::iterator(std::vector<Value> items, std::optional<Error> failure) {
  const int depth = 1 + deepest(items);
  return Value(std::make_shared<Iterator>(
      Iterator{.items = std::move(items), .depth = depth, .failure = std::move(failure)}));
}

const std::string& Value::bytes() const {
  check(is_text());
  return *as<Text>()->bytes;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* integer = as<std::int64_t>()) return *integer;
  if (const auto* flag = as<bool>()) return *flag ? 1 : 0;
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto* real = as<double>()) return *real;
  if (const auto whole = integer()) return static_cast<double>(*whole);
  return std::nullopt;
}

Result<void> Dict::set(Value key, Value value) {
  Result<std::string> spelling = key_of(key);
  if (!spelling) return spelling.error();
  depth_ = std::max(depth_, 1 + nesting(value));
  if (depth_ > kMaxNesting) return invalid("a dict is nested deeper than 200 levels");
  const auto [place, added] = index_.try_emplace(std::move(*spelling), entries_.size());
  if (added) {
    entries_.emplace_back(std::move(key), std::move(value));
  } else {
    entries_[place->second].second = std::move(value);
  }
  return {};
}

const Value* Dict::get(std::string_view key) const {
  const auto place = index_.find("s" + std::string(key));
  return place == index_.end() ? nullptr : &entries_[place->second].second;
}

Result<const Value*> Dict::find(const Value& key) const {
  const Result<std::string> spelling = key_of(key);
  if (!spelling) return spelling.error();
  const auto place = index_.find(*spelling);
  return place == index_.end() ? nullptr : &entries_[place->second].second;
}

int nesting(const Value& value) {
  if (const List* list = value.list_items()) return list->depth;
  if (const Dict* dict = value.dict()) return dict->depth();
  if (const DictView* view = value.as<DictView>()) return 1 + view->dict->depth();
  if (const Iterator* iterator = value.object<Iterator>()) return iterator->depth;
  if (const Function* function = value.object<const Function>()) return function->depth;
  if (const Loop* loop = value.object<Loop>()) return loop->depth();
  return 0;
}

bool truthy(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (const auto number = value.number()) return *number != 0;
  if (value.is_text()) return !value.bytes().empty();
  if (const List* list = value.list_items()) return !list->items.empty();
  if (const Dict* dict = value.dict()) return !dict->entries().empty();
  if (const Range* range = value.as<Range>()) return range->size() > 0;
  if (const DictView* view = value.as<DictView>()) return !view->dict->entries().empty();
  return true;  // generators too, even empty ones
}

bool equal(const Value& left, const Value& right) {
  const auto whole = left.integer();
  const auto other_whole = right.integer();
  if (whole && other_whole) return *whole == *other_whole;
  if (left.number() && right.number()) return exact_number(left) == exact_number(right);
  if (left.data().index() != right.data().index()) return false;
  if (left.is_undefined() || left.is_none()) return true;
  if (left.is_text()) return left.bytes() == right.bytes();
  if (const List* list = left.list_items()) {
    const List& other = *right.list_items();
    return list->tuple == other.tuple && equal_items(list->items, other.items);
  }
  if (const Dict* dict = left.dict()) return equal_dicts(*dict, *right.dict());
  if (const Range* range = left.as<Range>()) return equal_ranges(*range, *right.as<Range>());
  if (const DictView* view = left.as<DictView>()) {
    const DictView& other = *right.as<DictView>();
    const bool keys = view->of == DictView::Of::keys && other.of == DictView::Of::keys;
    return keys ? equal_items(view_items(*view), view_items(other)) : view->dict == other.dict;
  }
  if (left.object<Namespace>() != nullptr) {
    return left.object<Namespace>() == right.object<Namespace>();
  }
  if (left.object<Iterator>() != nullptr)
    return left.object<Iterator>() == right.object<Iterator>();
  return left.object<const Function>() == right.object<const Function>() &&
         left.object<Loop>() == right.object<Loop>();
}

Result<bool> less(const Value& left, const Value& right) {
  for (const Value* value : {&left, &right}) {
    if (const Undefined* undefined = value->as<Undefined>()) return invalid(*undefined->why);
  }
  const auto whole = left.integer();
  const auto other_whole = right.integer();
  if (whole && other_whole) return *whole < *other_whole;
  if (left.number() && right.number()) return exact_number(left) < exact_number(right);
  if (left.is_text() && right.is_text()) return left.bytes() < right.bytes();
  const List* list = left.list_items();
  const List* other = right.list_items();
  if (list == nullptr || other == nullptr || list->tuple != other->tuple) {
    return invalid("'" + type_name(left) + "' and '" + type_name(right) + "' have no order");
  }
  const auto [mine, yours] = std::mismatch(list->items.begin(), list->items.end(),
                                           other->items.begin(), other->items.end(), equal);
  if (mine == list->items.end() || yours == other->items.end()) {
    return list->items.size() < other->items.size();
  }
  return less(*mine, *yours);
}

Result<std::size_t> length(const Value& value) {
  if (value.is_undefined()) return std::size_t{0};
  if (value.is_text()) return count_code_points(value.bytes());
  if (const List* list = value.list_items()) return list->items.size();
  if (const Dict* dict = value.dict()) return dict->entries().size();
  if (const Range* range = value.as<Range>()) return range->size();
  if (const DictView* view = value.as<DictView>()) return view->dict->entries().size();
  return invalid("'" + type_name(value) + "' has no length");
}

bool iterable(const Value& value) {
  return value.is_undefined() || value.is_text() || value.list_items() != nullptr ||
         value.dict() != nullptr || value.as<Range>() != nullptr ||
         value.as<DictView>() != nullptr || value.object<Iterator>() != nullptr ||
         value.object<Loop>() != nullptr;
}

Result<std::vector<Value>> iterate(const Value& value, Budget& budget) {
  if (Iterator* iterator = value.object<Iterator>()) return drain(*iterator);
  if (!iterable(value)) return invalid("'" + type_name(value) + "' cannot be iterated");
  if (value.object<Loop>() != nullptr) return invalid("iterating over loop is not supported");
  const Result<std::size_t> size = length(value);
  if (!size) return size.error();
  if (const Result<void> paid = budget.take_steps(*size); !paid) return paid.error();
  if (const List* list = value.list_items()) return list->items;
  std::vector<Value> items;
  if (value.is_text()) {
    for (const std::string_view one : characters(value.bytes())) {
      items.push_back(Value::text(std::string(one)));
    }
  } else if (const Dict* dict = value.dict()) {
    for (const auto& [key, unused] : dict->entries()) items.push_back(key);
  } else if (const Range* range = value.as<Range>()) {
    for (std::size_t i = 0; i < *size; ++i) items.push_back((*range)[i]);
  } else if (const DictView* view = value.as<DictView>()) {
    items = view_items(*view);
  }
  return items;
}

}  // namespace proctor::engine
