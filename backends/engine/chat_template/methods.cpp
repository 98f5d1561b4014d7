#include "backends/engine/chat_template/methods.h"

#include <algorithm>
#include <span>
#include <string>

#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/method.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

Result<Value> get_method(const Value& self, const Arguments& arguments, Budget&) {
  if (const Result<void> fine = no_names("get", arguments); !fine) return fine.error();
  const Result<Bound> bound = Bound::bind("get", {"key", "default"}, arguments, 1);
  if (!bound) return bound.error();
  const Result<const Value*> found = self.dict()->find(*(*bound)[0]);
  if (!found) return found.error();
  if (*found != nullptr) return **found;
  return bound->has(1) ? *(*bound)[1] : Value();
}

template <DictView::Of of>
Result<Value> view_method(const Value& self, const Arguments& arguments, Budget&) {
  if (const Result<void> fine = no_arguments("this method", arguments); !fine) return fine.error();
  return Value(DictView{*self.as<std::shared_ptr<const Dict>>(), of});
}

Result<Value> copy_method(const Value& self, const Arguments& arguments, Budget&) {
  if (const Result<void> fine = no_arguments("copy", arguments); !fine) return fine.error();
  return self;  // it cannot be changed, so it need not be copied
}

Result<Value> list_count(const Value& self, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("count", {"value"}, arguments, 1);
  if (!bound) return bound.error();
  const std::vector<Value>& items = self.list_items()->items;
  if (const Result<void> paid = budget.take_steps(items.size()); !paid) return paid.error();
  const auto found = std::count_if(items.begin(), items.end(),
                                   [&](const Value& item) { return equal(item, *(*bound)[0]); });
  return Value(static_cast<std::int64_t>(found));
}

Result<Value> list_index(const Value& self, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("index", {"value"}, arguments, 1);
  if (!bound) return bound.error();
  const std::vector<Value>& items = self.list_items()->items;
  if (const Result<void> paid = budget.take_steps(items.size()); !paid) return paid.error();
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Value& item) { return equal(item, *(*bound)[0]); });
  if (found == items.end()) return invalid("index: the value is not in the list");
  return Value(static_cast<std::int64_t>(found - items.begin()));
}

constexpr Method kDict[] = {
    {"get", get_method},
    {"keys", view_method<DictView::Of::keys>},
    {"values", view_method<DictView::Of::values>},
    {"items", view_method<DictView::Of::items>},
    {"copy", copy_method},
};

constexpr Method kList[] = {{"count", list_count}, {"index", list_index}, {"copy", copy_method}};
constexpr Method kTuple[] = {{"count", list_count}, {"index", list_index}};

// What else Python's types have: attributes that are not supported, and those that change a list
// or a dict, which the sandbox gives out as undefined values.
constexpr std::string_view kOtherOfText[] = {
    "casefold",    "center",  "encode",    "expandtabs", "format_map", "isascii",
    "isdecimal",   "istitle", "isnumeric", "ljust",      "maketrans",  "isidentifier",
    "isprintable", "rjust",   "swapcase",  "translate",  "zfill"};
constexpr std::string_view kOtherOfInt[] = {
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator",
    "from_bytes",       "imag",      "numerator",  "real",      "to_bytes"};
constexpr std::string_view kOtherOfFloat[] = {
    "as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"};
constexpr std::string_view kOtherOfRange[] = {"count", "index", "start", "step", "stop"};
constexpr std::string_view kOtherOfView[] = {"isdisjoint", "mapping"};
constexpr std::string_view kOtherOfDict[] = {"fromkeys"};
constexpr std::string_view kOtherOfIterator[] = {
    "close", "gi_code", "gi_frame", "gi_running", "gi_suspended", "gi_yieldfrom", "send", "throw"};
constexpr std::string_view kForbiddenOfList[] = {"append", "clear",  "extend",  "insert",
                                                 "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kForbiddenOfDict[] = {"clear", "pop", "popitem", "setdefault", "update"};

struct Type {
  std::span<const Method> methods{};
  std::span<const std::string_view> others{};
  std::span<const std::string_view> forbidden{};
};

Type type_of(const Value& self) {
  if (self.is_text()) return {.methods = text_methods(), .others = kOtherOfText};
  if (self.dict() != nullptr) {
    return {.methods = kDict, .others = kOtherOfDict, .forbidden = kForbiddenOfDict};
  }
  if (const List* list = self.list_items()) {
    if (list->tuple) return {.methods = kTuple};
    return {.methods = kList, .forbidden = kForbiddenOfList};
  }
  if (self.integer()) return {.others = kOtherOfInt};
  if (self.as<double>() != nullptr) return {.others = kOtherOfFloat};
  if (self.as<Range>() != nullptr) return {.others = kOtherOfRange};
  if (self.as<DictView>() != nullptr) return {.others = kOtherOfView};
  if (self.object<Iterator>() != nullptr) return {.others = kOtherOfIterator};
  return {};
}

bool contains_name(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<std::optional<Value>> method_of(const Value& self, std::string_view name) {
  const Type type = type_of(self);
  const std::string full = type_name(self) + "." + std::string(name);
  const bool internal = name.starts_with("__") && name.ends_with("__");
  if (internal || contains_name(type.forbidden, name)) {
    return std::optional<Value>(Value::undefined("the sandbox forbids " + full));
  }
  if (contains_name(type.others, name)) return invalid(full + " is not supported");
  for (const Method& method : type.methods) {
    if (method.name != name) continue;
    if (self.is_markup()) return invalid("methods of safe text are not supported");
    return std::optional<Value>(Value(std::make_shared<const Function>(
        Function{full,
                 [self, call = method.call](const Arguments& arguments, Budget& budget) {
                   return call(self, arguments, budget);
                 },
                 1 + nesting(self)})));
  }
  return std::optional<Value>();
}

}  // namespace proctor::engine
