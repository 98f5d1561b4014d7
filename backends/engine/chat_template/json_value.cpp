#include "backends/engine/chat_template/json_value.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// Builds a value from nlohmann's events, so that key order and the spelling of numbers are seen.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(number_integer_t value) override { return add(Value(std::int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return fail("an integer does not fit 64 bits");
    }
    return add(Value(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t& spelling) override {
    if (spelling.find_first_of(".eE") == string_t::npos) {
      return fail("an integer does not fit 64 bits");
    }
    return add(Value(double{value}));
  }
  bool string(string_t& value) override { return add(Value::text(std::move(value))); }
  bool binary(binary_t&) override { return fail("binary data"); }

  bool start_object(std::size_t) override { return open(std::make_shared<Dict>()); }
  bool key(string_t& name) override {
    open_.back().keys.push_back(std::move(name));
    return true;
  }
  bool end_object() override {
    std::shared_ptr<const Dict> dict = std::move(open_.back().dict);
    open_.pop_back();
    return add(Value(std::move(dict)));
  }
  bool start_array(std::size_t) override { return open(nullptr); }
  bool end_array() override {
    Result<Value> list = Value::list(std::move(open_.back().items));
    open_.pop_back();
    return list ? add(*std::move(list)) : fail(list.error().message());
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail("not JSON at byte " + std::to_string(position));
  }

  Result<Value> finish() && {
    if (failure_) return invalid(*failure_);
    check(result_.has_value());
    return *std::move(result_);
  }

 private:
  struct Open {
    std::shared_ptr<Dict> dict;     // null for an array
    std::vector<std::string> keys;  // of an object: the one awaiting its value
    std::vector<Value> items;
  };

  bool fail(std::string message) {
    failure_ = std::move(message);
    return false;
  }

  bool open(std::shared_ptr<Dict> dict) {
    if (open_.size() >= static_cast<std::size_t>(kMaxNesting)) {
      return fail("nested deeper than 200 levels");
    }
    open_.push_back({std::move(dict), {}, {}});
    return true;
  }

  bool add(Value value) {
    if (open_.empty()) {
      result_ = std::move(value);
      return true;
    }
    Open& top = open_.back();
    if (top.dict == nullptr) {
      top.items.push_back(std::move(value));
      return true;
    }
    const Result<void> done =
        top.dict->set(Value::text(std::move(top.keys.back())), std::move(value));
    top.keys.pop_back();
    return done ? true : fail(done.error().message());
  }

  std::vector<Open> open_;
  std::optional<Value> result_;
  std::optional<std::string> failure_;
};

// json.dumps() of Python (Lib/json/encoder.py).
class Dumper {
 public:
  Dumper(const Bound& bound, Budget& budget) : bound_(bound), budget_(budget) {}

  Result<void> prepare() {
    ascii_ = bound_.flag(0);
    sort_ = bound_.flag(3);
    if (bound_.has(1) && !bound_[1]->is_none()) {
      if (bound_[1]->is_text()) {
        indent_ = bound_[1]->bytes();
      } else {
        const Result<std::int64_t> width = bound_.integer(1, 0);
        if (!width) return width.error();
        if (*width > 1000) return invalid("tojson: the indent is larger than 1000");
        indent_ = std::string(static_cast<std::size_t>(std::max<std::int64_t>(*width, 0)), ' ');
      }
      between_items_ = ",";
    }
    if (!bound_.has(2) || bound_[2]->is_none()) return {};
    const List* pair = bound_[2]->list_items();
    const bool texts = pair != nullptr && pair->items.size() == 2 && pair->items[0].is_text() &&
                       pair->items[1].is_text();
    if (!texts) return invalid("tojson: separators must be two strings");
    between_items_ = pair->items[0].bytes();
    after_key_ = pair->items[1].bytes();
    return {};
  }

  Result<void> write(const Value& value) {
    if (value.is_none()) return put("null");
    if (const bool* flag = value.as<bool>()) return put(*flag ? "true" : "false");
    if (const auto whole = value.integer()) return put(std::to_string(*whole));
    if (const double* real = value.as<double>()) return put(number(*real));
    if (value.is_text()) return put(quoted(value.bytes()));
    if (const List* list = value.list_items()) return write_list(*list);
    if (const Dict* dict = value.dict()) return write_dict(*dict);
    return invalid("tojson: '" + type_name(value) + "' has no JSON form");
  }

  std::string take() { return std::move(out_); }

 private:
  Result<void> put(std::string_view text) {
    if (const Result<void> paid = budget_.take_bytes(text.size()); !paid) return paid;
    out_ += text;
    return {};
  }

  static std::string number(double real) {
    if (std::isnan(real)) return "NaN";
    if (std::isinf(real)) return real < 0 ? "-Infinity" : "Infinity";
    return float_text(real);
  }

  std::string quoted(std::string_view text) const {
    std::string out = "\"";
    while (!text.empty()) {
      const char32_t code = take_code_point(text);
      if (code == '"' || code == '\\') {
        out += '\\';
        out += static_cast<char>(code);
      } else if (code < 0x20) {
        control(out, code);
      } else if (code >= 0x7F && ascii_ && code != 0x7F) {
        escaped(out, code);
      } else {
        append_code_point(out, code);
      }
    }
    return out + "\"";
  }

  static void control(std::string& out, char32_t code) {
    constexpr std::pair<char, const char*> kShort[] = {
        {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\f', "\\f"}, {'\b', "\\b"}};
    for (const auto& [c, text] : kShort) {
      if (code == static_cast<char32_t>(c)) {
        out += text;
        return;
      }
    }
    unit(out, code);
  }

  static void unit(std::string& out, char32_t code) {
    char text[16];
    std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(code));
    out += text;
  }

  // UTF-16, as JSON has it.
  static void escaped(std::string& out, char32_t code) {
    if (code < 0x10000) return unit(out, code);
    unit(out, 0xD800 + ((code - 0x10000) >> 10));
    unit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
  }

  Result<void> new_line() {
    if (!indent_) return {};
    std::string line = "\n";
    for (int i = 0; i < level_; ++i) line += *indent_;
    return put(line);
  }

  Result<void> write_list(const List& list) {
    if (list.items.empty()) return put("[]");
    if (const Result<void> done = put("["); !done) return done;
    ++level_;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (const Result<void> done = separate(i); !done) return done;
      if (const Result<void> done = write(list.items[i]); !done) return done;
    }
    --level_;
    if (const Result<void> done = new_line(); !done) return done;
    return put("]");
  }

  Result<void> write_dict(const Dict& dict) {
    if (dict.entries().empty()) return put("{}");
    std::vector<Dict::Entry> entries = dict.entries();
    if (sort_) {
      if (const Result<void> done = sort(entries); !done) return done;
    }
    if (const Result<void> done = put("{"); !done) return done;
    ++level_;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (const Result<void> done = separate(i); !done) return done;
      if (const Result<void> done = write_key(entries[i].first); !done) return done;
      if (const Result<void> done = put(after_key_); !done) return done;
      if (const Result<void> done = write(entries[i].second); !done) return done;
    }
    --level_;
    if (const Result<void> done = new_line(); !done) return done;
    return put("}");
  }

  Result<void> separate(std::size_t i) {
    if (i > 0) {
      if (const Result<void> done = put(between_items_); !done) return done;
    }
    return new_line();
  }

  Result<void> write_key(const Value& key) {
    if (key.is_text()) return put(quoted(key.bytes()));
    if (key.is_none()) return put("\"null\"");
    if (const bool* flag = key.as<bool>()) return put(*flag ? "\"true\"" : "\"false\"");
    if (const auto whole = key.integer()) return put("\"" + std::to_string(*whole) + "\"");
    if (const double* real = key.as<double>()) return put("\"" + number(*real) + "\"");
    return invalid("tojson: a key of type '" + type_name(key) + "' has no JSON form");
  }

  static Result<void> sort(std::vector<Dict::Entry>& entries) {
    std::optional<Error> failure;
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const Dict::Entry& left, const Dict::Entry& right) {
                       const Result<bool> is_less = less(left.first, right.first);
                       if (!is_less) failure = is_less.error();
                       return is_less && *is_less;
                     });
    if (failure) return *failure;
    return {};
  }

  const Bound& bound_;
  Budget& budget_;
  bool ascii_ = false;
  bool sort_ = false;
  std::optional<std::string> indent_;
  std::string between_items_ = ", ";
  std::string after_key_ = ": ";
  int level_ = 0;
  std::string out_;
};

}  // namespace

Result<Value> parse_json(std::string_view text) {
  Builder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).finish();
}

Result<Value> tojson_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound =
      Bound::bind("tojson", {"ensure_ascii", "indent", "separators", "sort_keys"}, arguments);
  if (!bound) return bound.error();
  Dumper dumper(*bound, budget);
  if (const Result<void> done = dumper.prepare(); !done) return done.error();
  if (const Result<void> done = dumper.write(input); !done) return done.error();
  return Value::text(dumper.take());
}

}  // namespace proctor::engine
