// The values of a template at work: Python's, as far as a chat template can meet them.
//
// Values are immutable and shared, with three exceptions that belong to one render: namespaces,
// iterators and loops. Copying is cheap. Immutable values may be read by several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "backends/engine/chat_template/budget.h"
#include "harness/core/result.h"

namespace proctor::engine {

class Value;
class Dict;
class Loop;

// What a missing name or attribute gives: empty when printed, false, an error in nearly all else.
struct Undefined {
  std::shared_ptr<const std::string> why;  // "'tools' is undefined"; the error's text
};

struct None {};

// Text is UTF-8; Python counts and cuts it by code points. `markup` is Python's markupsafe.Markup,
// what the filters safe and escape return: it escapes the plain text that is added to it.
struct Text {
  std::shared_ptr<const std::string> bytes;
  bool markup = false;
};

// A Python list or tuple.
struct List {
  std::vector<Value> items;
  bool tuple = false;
  int depth = 1;  // of nesting, see kMaxNesting
};

struct Range {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;  // never 0

  std::size_t size() const;
  std::int64_t operator[](std::size_t i) const {
    return start + static_cast<std::int64_t>(i) * step;
  }
};

// What d.keys(), d.values() and d.items() return.
struct DictView {
  enum class Of { keys, values, items };
  std::shared_ptr<const Dict> dict;
  Of of = Of::keys;
};

// The only thing a template can assign to from inside a loop. Belongs to one render.
struct Namespace {
  std::vector<std::pair<std::string, Value>> attributes;

  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

// A Python generator or iterator: its items can be taken once. It is filled at once where Python is
// lazy, so what goes wrong on the way is kept until the items before it are taken.
struct Iterator {
  std::vector<Value> items;
  int depth = 1;
  std::size_t next = 0;
  std::optional<Error> failure;  // found where items ends
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

struct Function {
  std::string name;  // for messages: "str.split", "macro 'render'"
  std::function<Result<Value>(const Arguments&, Budget&)> call;
  int depth = 1;  // of what it is bound to
};

class Value {
 public:
  using Data = std::variant<Undefined, None, bool, std::int64_t, double, Text,
                            std::shared_ptr<const List>, std::shared_ptr<const Dict>, Range,
                            DictView, std::shared_ptr<Namespace>, std::shared_ptr<Iterator>,
                            std::shared_ptr<const Function>, std::shared_ptr<Loop>>;

  Value() : data_(None{}) {}
  Value(Data data) : data_(std::move(data)) {}
  Value(bool b) : data_(b) {}
  Value(std::int64_t i) : data_(i) {}
  Value(double d) : data_(d) {}
  Value(const char*) = delete;  // would be a bool
  static Value text(std::string bytes, bool markup = false);
  static Value undefined(std::string why);
  // Errors: invalid_input, when the items are nested deeper than kMaxNesting.
  static Result<Value> list(std::vector<Value> items);
  static Result<Value> tuple(std::vector<Value> items);
  static Value iterator(std::vector<Value> items, std::optional<Error> failure = std::nullopt);

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data_);
  }
  // The object behind a shared value, or null.
  template <class T>
  T* object() const {
    const auto* pointer = std::get_if<std::shared_ptr<T>>(&data_);
    return pointer == nullptr ? nullptr : pointer->get();
  }

  bool is_undefined() const { return as<Undefined>() != nullptr; }
  bool is_none() const { return as<None>() != nullptr; }
  bool is_text() const { return as<Text>() != nullptr; }
  bool is_markup() const { return is_text() && as<Text>()->markup; }
  // The bytes of a text; must be one.
  const std::string& bytes() const;
  const List* list_items() const { return object<const List>(); }
  const Dict* dict() const { return object<const Dict>(); }
  // An int or a bool, which Python counts as one.
  std::optional<std::int64_t> integer() const;
  // An int, a bool or a float.
  std::optional<double> number() const;

  const Data& data() const { return data_; }

 private:
  Data data_;
};

// A Python dict: insertion order, any hashable key.
class Dict {
 public:
  using Entry = std::pair<Value, Value>;

  // Replaces the value of an equal key. Errors: invalid_input, when the key is unhashable or the
  // value is nested deeper than kMaxNesting.
  Result<void> set(Value key, Value value);
  // The value of a text key, or null.
  const Value* get(std::string_view key) const;
  // The value of any key, or null. Errors: invalid_input, when the key is unhashable.
  Result<const Value*> find(const Value& key) const;

  const std::vector<Entry>& entries() const { return entries_; }
  int depth() const { return depth_; }

 private:
  std::vector<Entry> entries_;
  // Where each key is, by a spelling that equal keys share (key_of() in value.cpp).
  std::unordered_map<std::string, std::size_t> index_;
  int depth_ = 1;
};

// The name of the value's type as Python's messages give it: "str", "dict".
std::string type_name(const Value& value);

// How deep values are nested in the value, namespaces aside: 0 for one that holds none. Lists and
// dicts are kept to kMaxNesting, and with them all recursion over values and their destruction.
int nesting(const Value& value);

bool truthy(const Value& value);

// Python's ==. Never fails: values of different kinds are unequal.
bool equal(const Value& left, const Value& right);

// Python's <. Errors: invalid_input, for kinds that have no order.
Result<bool> less(const Value& left, const Value& right);

// Python's str() and repr(). Errors: invalid_input for what Python prints with an address
// (generators, functions); out of budget.
Result<std::string> to_text(const Value& value, Budget& budget);
Result<std::string> to_repr(const Value& value, Budget& budget);

// repr() of a float: the shortest digits that read back as the same number.
std::string float_text(double number);
// repr() of a str.
std::string text_repr(std::string_view bytes);

// len(). Errors: invalid_input, for what has none.
Result<std::size_t> length(const Value& value);

// All that a for loop over the value would see; an iterator is used up.
// Errors: invalid_input, for what cannot be iterated; out of budget.
Result<std::vector<Value>> iterate(const Value& value, Budget& budget);
bool iterable(const Value& value);

}  // namespace proctor::engine
