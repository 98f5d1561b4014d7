#include <optional>
#include <string>

#include "backends/engine/chat_template/format.h"
#include "backends/engine/chat_template/number_format.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

std::string padded(std::string text, const Spec& spec, bool number) {
  const std::size_t size = count_code_points(text);
  if (size >= spec.width) return text;
  const std::size_t missing = spec.width - size;
  if (spec.minus) return text + std::string(missing, ' ');
  if (!number || !spec.zero) return std::string(missing, ' ') + text;
  std::size_t sign =
      text.starts_with('-') || text.starts_with('+') || text.starts_with(' ') ? 1 : 0;
  if (text.substr(sign).starts_with("0x") || text.substr(sign).starts_with("0X") ||
      text.substr(sign).starts_with("0o")) {
    sign += 2;
  }
  return text.insert(sign, missing, '0');
}

Result<std::string> character_text(const Value& value) {
  if (value.is_text() && count_code_points(value.bytes()) == 1) return value.bytes();
  const auto code = value.integer();
  const bool valid = code && *code >= 0 && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
  if (!valid) return invalid("%c takes a character");
  std::string text;
  append_code_point(text, static_cast<char32_t>(*code));
  return text;
}

Result<std::string> one_text(const Value& value, const Spec& spec, Budget& budget) {
  switch (spec.type) {
    case 's':
    case 'r': {
      Result<std::string> text = spec.type == 's' ? to_text(value, budget) : to_repr(value, budget);
      if (text && spec.precision) *text = text->substr(0, offset_of(*text, *spec.precision));
      if (text) *text = padded(*std::move(text), spec, false);
      return text;
    }
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      Result<std::string> text = integer_text(value, spec);
      if (text) *text = padded(*std::move(text), spec, true);
      return text;
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      Result<std::string> text = real_text(value, spec);
      if (text) *text = padded(*std::move(text), spec, true);
      return text;
    }
    case 'c': {
      Result<std::string> text = character_text(value);
      if (text) *text = padded(*std::move(text), spec, false);
      return text;
    }
    default:
      return invalid("the format %" + std::string(1, spec.type) + " is not supported");
  }
}

// What comes after a % and its name, taken off.
Result<Spec> take_spec(std::string_view& text) {
  Spec spec;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (text[0] == '-') {
      spec.minus = true;
    } else if (text[0] == '+') {
      spec.plus = true;
    } else if (text[0] == ' ') {
      spec.blank = true;
    } else if (text[0] == '0') {
      spec.zero = true;
    } else if (text[0] == '#') {
      spec.hash = true;
    } else {
      break;
    }
  }
  const Result<std::optional<std::size_t>> width = take_number(text);
  if (!width) return width.error();
  spec.width = width->value_or(0);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const Result<std::optional<std::size_t>> precision = take_number(text);
    if (!precision) return precision.error();
    spec.precision = precision->value_or(0);
  }
  if (text.empty()) return invalid("a format ends after %");
  spec.type = text[0];
  text.remove_prefix(1);
  return spec;
}

class Printf {
 public:
  Printf(const Value& values, Budget& budget) : values_(values), budget_(budget) {
    const List* list = values.list_items();
    tuple_ = list != nullptr && list->tuple ? list : nullptr;
  }

  Result<std::string> run(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const std::size_t mark = text.find('%');
      out += text.substr(0, mark);
      if (mark == std::string_view::npos) break;
      text.remove_prefix(mark + 1);
      const Result<std::string> one = conversion(text);
      if (!one) return one;
      if (const Result<void> paid = budget_.take_bytes(one->size()); !paid) return paid.error();
      out += *one;
    }
    // A dict, and anything else with names or indices, may be left over.
    const bool all_used = tuple_ != nullptr ? used_ == tuple_->items.size() : used_ == 1 || named_;
    const bool may_stay = tuple_ == nullptr && (values_.dict() || values_.list_items() ||
                                                values_.as<Range>() || values_.is_undefined());
    if (!all_used && !may_stay) return invalid("not all values are used by the format");
    return out;
  }

 private:
  Result<std::string> conversion(std::string_view& text) {
    Value value;
    const bool by_name = text.starts_with('(');
    if (by_name) {
      const std::size_t close = text.find(')');
      if (close == std::string_view::npos) return invalid("a format has an open bracket");
      const Value* found =
          values_.dict() ? values_.dict()->get(text.substr(1, close - 1)) : nullptr;
      if (found == nullptr) return invalid("a format names a value that is not there");
      value = *found;
      named_ = true;
      text.remove_prefix(close + 1);
    }
    const Result<Spec> spec = take_spec(text);
    if (!spec) return spec.error();
    if (spec->type == '%') return std::string("%");
    if (!by_name) {
      const std::size_t count = tuple_ != nullptr ? tuple_->items.size() : 1;
      if (used_ == count) return invalid("not enough values for the format");
      value = tuple_ != nullptr ? tuple_->items[used_] : values_;
      ++used_;
    }
    return one_text(value, *spec, budget_);
  }

  const Value& values_;
  Budget& budget_;
  const List* tuple_ = nullptr;
  std::size_t used_ = 0;
  bool named_ = false;
};

}  // namespace

Result<Value> format_printf(const Value& text, const Value& values, Budget& budget) {
  if (text.is_markup()) return invalid("formatting safe text is not supported");
  if (const Result<void> paid = budget.take_bytes(text.bytes().size()); !paid) return paid.error();
  Result<std::string> out = Printf(values, budget).run(text.bytes());
  if (!out) return out.error();
  return Value::text(*std::move(out));
}

}  // namespace proctor::engine
