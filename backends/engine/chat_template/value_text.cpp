// How Python spells values: str(), repr(), and the names of their types.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "backends/engine/chat_template/text.h"
#include "backends/engine/chat_template/value.h"

namespace proctor::engine {
namespace {

struct Interval {
  char32_t first;
  char32_t last;
};

// Code points that str.isprintable() refuses: control, format, private and surrogate characters and
// separators (Unicode categories Cc, Cf, Co, Cs, Zl, Zp, Zs). Unassigned ones count as printable
// here, since which they are depends on Python's version.
constexpr Interval kUnprintable[] = {
    {0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},      {0x61C, 0x61C},
    {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},      {0x8E2, 0x8E2},
    {0x1680, 0x1680},   {0x180E, 0x180E},   {0x2000, 0x200F},    {0x2028, 0x202F},
    {0x205F, 0x206F},   {0x3000, 0x3000},   {0xD800, 0xF8FF},    {0xFEFF, 0xFEFF},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},  {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF},
};

bool printable(char32_t code) {
  if (code < 0x20) return false;
  for (const Interval& interval : kUnprintable) {
    if (code >= interval.first && code <= interval.last) {
      // Variation selectors are marks, in the middle of the last row.
      return code >= 0xE0100 && code <= 0xE01EF;
    }
  }
  return true;
}

void append_escape(std::string& out, char32_t code) {
  constexpr char kDigits[] = "0123456789abcdef";
  const int digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
  out += code < 0x100 ? "\\x" : code < 0x10000 ? "\\u" : "\\U";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kDigits[(code >> shift) & 0xF];
}

// Appends the items' reprs; stops at the first that has none.
class Writer {
 public:
  Writer(std::string& out, Budget& budget) : out_(out), budget_(budget) {}

  Result<void> repr(const Value& value) {
    if (value.is_undefined()) return put("Undefined");
    if (value.is_none()) return put("None");
    if (const bool* flag = value.as<bool>()) return put(*flag ? "True" : "False");
    if (const auto whole = value.integer()) return put(std::to_string(*whole));
    if (const double* real = value.as<double>()) return put(float_text(*real));
    if (value.is_text()) {
      const std::string quoted = text_repr(value.bytes());
      return put(value.is_markup() ? "Markup(" + quoted + ")" : quoted);
    }
    if (const List* list = value.list_items()) {
      const bool one = list->tuple && list->items.size() == 1;
      return items(list->items, list->tuple ? "(" : "[", one ? ",)" : list->tuple ? ")" : "]");
    }
    if (const Dict* dict = value.dict()) return entries(dict->entries());
    if (const Range* range = value.as<Range>()) return put(range_text(*range));
    if (const DictView* view = value.as<DictView>()) return this->view(value, *view);
    if (const Namespace* space = value.object<Namespace>()) return this->space(*space);
    return Error(ErrorCode::invalid_input, "a " + type_name(value) + " has no fixed text");
  }

 private:
  static std::string range_text(const Range& range) {
    std::string text = "range(" + std::to_string(range.start) + ", " + std::to_string(range.stop);
    if (range.step != 1) text += ", " + std::to_string(range.step);
    return text + ")";
  }

  Result<void> put(std::string_view text) {
    if (const Result<void> paid = budget_.take_bytes(text.size()); !paid) return paid.error();
    out_ += text;
    return {};
  }

  Result<void> items(const std::vector<Value>& all, std::string_view open, std::string_view close) {
    if (const Result<void> done = put(open); !done) return done;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0) out_ += ", ";
      if (const Result<void> done = repr(all[i]); !done) return done;
    }
    return put(close);
  }

  Result<void> entries(const std::vector<Dict::Entry>& all) {
    if (const Result<void> done = put("{"); !done) return done;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0) out_ += ", ";
      if (const Result<void> done = repr(all[i].first); !done) return done;
      out_ += ": ";
      if (const Result<void> done = repr(all[i].second); !done) return done;
    }
    return put("}");
  }

  Result<void> view(const Value& value, const DictView& view) {
    if (const Result<void> done = put(type_name(value) + "("); !done) return done;
    const Result<std::vector<Value>> all = iterate(Value(view), budget_);
    if (!all) return all.error();
    return items(*all, "[", "])");
  }

  Result<void> space(const Namespace& space) {
    // Unlike other values, namespaces can lie within themselves.
    if (std::find(open_.begin(), open_.end(), &space) != open_.end()) {
      return put("<Namespace {...}>");
    }
    if (open_.size() >= static_cast<std::size_t>(kMaxNesting)) {
      return Error(ErrorCode::invalid_input, "a namespace is nested deeper than 200 levels");
    }
    open_.push_back(&space);
    std::vector<Dict::Entry> all;
    for (const auto& [name, value] : space.attributes) all.emplace_back(Value::text(name), value);
    if (const Result<void> done = put("<Namespace "); !done) return done;
    if (const Result<void> done = entries(all); !done) return done;
    open_.pop_back();
    return put(">");
  }

  std::string& out_;
  Budget& budget_;
  std::vector<const Namespace*> open_;  // that are being written
};

}  // namespace

std::string type_name(const Value& value) {
  struct Namer {
    std::string operator()(const Undefined&) const { return "Undefined"; }
    std::string operator()(const None&) const { return "NoneType"; }
    std::string operator()(bool) const { return "bool"; }
    std::string operator()(std::int64_t) const { return "int"; }
    std::string operator()(double) const { return "float"; }
    std::string operator()(const Text& text) const { return text.markup ? "Markup" : "str"; }
    std::string operator()(const std::shared_ptr<const List>& list) const {
      return list->tuple ? "tuple" : "list";
    }
    std::string operator()(const std::shared_ptr<const Dict>&) const { return "dict"; }
    std::string operator()(const Range&) const { return "range"; }
    std::string operator()(const DictView& view) const {
      if (view.of == DictView::Of::keys) return "dict_keys";
      return view.of == DictView::Of::values ? "dict_values" : "dict_items";
    }
    std::string operator()(const std::shared_ptr<Namespace>&) const { return "namespace"; }
    std::string operator()(const std::shared_ptr<Iterator>&) const { return "generator"; }
    std::string operator()(const std::shared_ptr<const Function>&) const { return "function"; }
    std::string operator()(const std::shared_ptr<Loop>&) const { return "loop"; }
  };
  return std::visit(Namer(), value.data());
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto spelled = std::to_chars(std::begin(buffer), std::end(buffer), std::abs(number),
                                     std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(spelled.ptr - buffer));
  const std::size_t mark = text.find('e');
  std::string digits(text.substr(0, mark));
  if (digits.size() > 1) digits.erase(1, 1);  // the point
  const int exponent = std::atoi(std::string(text.substr(mark + 1)).c_str());
  std::string result = std::signbit(number) ? "-" : "";
  const int count = static_cast<int>(digits.size());
  // float.__repr__ turns to exponents below 1e-4 and from 1e16 on.
  if (exponent < -4 || exponent >= 16) {
    result += digits[0];
    if (count > 1) result += "." + digits.substr(1);
    const std::string power = std::to_string(std::abs(exponent));
    return result + (exponent < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent < 0) {
    return result + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(exponent + 1);
  if (count <= exponent + 1)
    return result + digits + std::string(whole - digits.size(), '0') + ".0";
  return result + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string text_repr(std::string_view bytes) {
  const bool single =
      bytes.find('\'') == std::string_view::npos || bytes.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  while (!bytes.empty()) {
    const char32_t code = take_code_point(bytes);
    if (code == '\\' || code == static_cast<char32_t>(quote)) {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\r') {
      out += "\\r";
    } else if (code == '\t') {
      out += "\\t";
    } else if (printable(code)) {
      append_code_point(out, code);
    } else {
      append_escape(out, code);
    }
  }
  return out + quote;
}

Result<std::string> to_repr(const Value& value, Budget& budget) {
  std::string out;
  if (const Result<void> done = Writer(out, budget).repr(value); !done) return done.error();
  return out;
}

Result<std::string> to_text(const Value& value, Budget& budget) {
  if (value.is_undefined()) return std::string();
  if (!value.is_text()) return to_repr(value, budget);
  if (const Result<void> paid = budget.take_bytes(value.bytes().size()); !paid) return paid.error();
  return value.bytes();
}

}  // namespace proctor::engine
