#include "backends/engine/chat_template/access.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "backends/engine/chat_template/loop.h"
#include "backends/engine/chat_template/methods.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

Value missing(const Value& of, const Value& key) {
  if (key.is_text()) {
    return Value::undefined("'" + type_name(of) + " object' has no attribute " +
                            text_repr(key.bytes()));
  }
  const auto index = key.integer();
  return Value::undefined(type_name(of) + " object has no element" +
                          (index ? " " + std::to_string(*index) : ""));
}

// getattr(): nothing where there is no such attribute.
Result<std::optional<Value>> attribute_of(const Value& of, std::string_view name, Budget& budget) {
  if (Loop* loop = of.object<Loop>()) return loop->attribute(name, budget);
  if (Namespace* space = of.object<Namespace>()) {
    const Value* found = space->find(name);
    return found == nullptr ? std::optional<Value>() : std::optional<Value>(*found);
  }
  if (of.object<const Function>() != nullptr) {
    return invalid("attributes of a function are not supported");
  }
  return method_of(of, name);
}

// obj[key]: nothing where Python raises LookupError or TypeError.
std::optional<Value> item_of(const Value& of, const Value& key) {
  if (const Dict* dict = of.dict()) {
    const Result<const Value*> found = dict->find(key);
    if (!found || *found == nullptr) return std::nullopt;
    return **found;
  }
  const auto index = key.integer();
  if (!index) return std::nullopt;
  const bool indexed = of.is_text() || of.list_items() != nullptr || of.as<Range>() != nullptr;
  if (!indexed) return std::nullopt;
  const auto size = static_cast<std::int64_t>(*length(of));
  const std::int64_t place = *index < 0 ? *index + size : *index;
  if (place < 0 || place >= size) return std::nullopt;
  const auto i = static_cast<std::size_t>(place);
  if (const List* list = of.list_items()) return list->items[i];
  if (const Range* range = of.as<Range>()) return Value((*range)[i]);
  const std::string_view rest = std::string_view(of.bytes()).substr(offset_of(of.bytes(), i));
  return Value::text(std::string(rest.substr(0, offset_of(rest, 1))), of.is_markup());
}

struct Bounds {
  std::int64_t start;
  std::int64_t stop;
  std::int64_t step;
  std::size_t count;  // of the items between
};

Result<std::optional<std::int64_t>> bound(const Value& value) {
  if (value.is_none()) return std::optional<std::int64_t>();
  const auto whole = value.integer();
  if (!whole) return invalid("slices take integers, not '" + type_name(value) + "'");
  return std::optional<std::int64_t>(*whole);
}

// slice.indices() of CPython (Objects/sliceobject.c).
Result<Bounds> bounds(const Value& start, const Value& stop, const Value& step, std::int64_t size) {
  const Result<std::optional<std::int64_t>> from = bound(start);
  if (!from) return from.error();
  const Result<std::optional<std::int64_t>> to = bound(stop);
  if (!to) return to.error();
  const Result<std::optional<std::int64_t>> by = bound(step);
  if (!by) return by.error();
  if (*by == 0) return invalid("the step of a slice is zero");
  const std::int64_t stride = by->value_or(1);
  const std::int64_t lowest = stride < 0 ? -1 : 0;
  const std::int64_t highest = stride < 0 ? size - 1 : size;
  const auto place = [&](std::optional<std::int64_t> given, std::int64_t fallback) {
    if (!given) return fallback;
    const std::int64_t near = std::clamp<std::int64_t>(*given, -size - 1, size + 1);
    return std::clamp(near < 0 ? near + size : near, lowest, highest);
  };
  const std::int64_t first = place(*from, stride < 0 ? highest : lowest);
  const std::int64_t end = place(*to, stride < 0 ? lowest : highest);
  return Bounds{first, end, stride, Range{first, end, stride}.size()};
}

}  // namespace

Result<Value> get_attribute(const Value& of, std::string_view name, Budget& budget) {
  if (const Undefined* undefined = of.as<Undefined>()) return invalid(*undefined->why);
  const Result<std::optional<Value>> attribute = attribute_of(of, name, budget);
  if (!attribute) return attribute.error();
  if (*attribute) return **attribute;
  if (const Dict* dict = of.dict()) {
    if (const Value* found = dict->get(name)) return *found;
  }
  return missing(of, Value::text(std::string(name)));
}

Result<Value> get_item(const Value& of, const Value& key, Budget& budget) {
  if (const Undefined* undefined = of.as<Undefined>()) return invalid(*undefined->why);
  if (std::optional<Value> item = item_of(of, key)) return *std::move(item);
  if (key.is_text()) {
    const Result<std::optional<Value>> attribute = attribute_of(of, key.bytes(), budget);
    if (!attribute) return attribute.error();
    if (*attribute) return **attribute;
  }
  return missing(of, key);
}

Result<Value> get_slice(const Value& of, const Value& start, const Value& stop, const Value& step,
                        Budget& budget) {
  if (const Undefined* undefined = of.as<Undefined>()) return invalid(*undefined->why);
  const List* list = of.list_items();
  const Range* range = of.as<Range>();
  if (list == nullptr && range == nullptr && !of.is_text()) {
    return invalid("'" + type_name(of) + "' cannot be sliced");
  }
  const auto size = static_cast<std::int64_t>(*length(of));
  const Result<Bounds> part = bounds(start, stop, step, size);
  if (!part) return part.error();
  const auto at = [&](std::size_t i) {
    return static_cast<std::size_t>(part->start + static_cast<std::int64_t>(i) * part->step);
  };
  if (range != nullptr) {
    std::int64_t stride = 0;
    if (__builtin_mul_overflow(range->step, part->step, &stride)) {
      return invalid("an integer does not fit 64 bits");
    }
    return Value(Range{range->start + part->start * range->step,
                       range->start + part->stop * range->step, stride});
  }
  if (list != nullptr) {
    if (const auto paid = budget.take_bytes(part->count * sizeof(Value)); !paid)
      return paid.error();
    std::vector<Value> items;
    for (std::size_t i = 0; i < part->count; ++i) items.push_back(list->items[at(i)]);
    return list->tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
  }
  const std::string& bytes = of.bytes();
  if (const Result<void> paid = budget.take_bytes(bytes.size()); !paid) return paid.error();
  if (part->step == 1) {
    const std::size_t first = offset_of(bytes, at(0));
    const std::string_view rest = std::string_view(bytes).substr(first);
    return Value::text(std::string(rest.substr(0, offset_of(rest, part->count))), of.is_markup());
  }
  const std::vector<std::string_view> all = characters(bytes);
  std::string picked;
  for (std::size_t i = 0; i < part->count; ++i) picked += all[at(i)];
  return Value::text(std::move(picked), of.is_markup());
}

Result<Value> get_path(const Value& of, const Value& path, const Value* fallback, Budget& budget) {
  std::vector<Value> keys;
  if (!path.is_text()) {
    keys.push_back(path);
  } else {
    for (const std::string_view part : split(path.bytes(), ".", -1)) {
      std::int64_t index = 0;
      const auto read = std::from_chars(part.data(), part.data() + part.size(), index);
      const bool number =
          read.ec == std::errc() && read.ptr == part.data() + part.size() && !part.starts_with('-');
      keys.push_back(number ? Value(index) : Value::text(std::string(part)));
    }
  }
  Value item = of;
  for (const Value& key : keys) {
    Result<Value> next = get_item(item, key, budget);
    if (!next) return next;
    const bool replaced = fallback != nullptr && !fallback->is_none() && next->is_undefined();
    item = replaced ? *fallback : *std::move(next);
  }
  return item;
}

}  // namespace proctor::engine
