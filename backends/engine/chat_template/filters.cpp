#include "backends/engine/chat_template/filters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "backends/engine/chat_template/arguments.h"
#include "backends/engine/chat_template/case_mapping.h"
#include "backends/engine/chat_template/format.h"
#include "backends/engine/chat_template/json_value.h"
#include "backends/engine/chat_template/loop.h"
#include "backends/engine/chat_template/operators.h"
#include "backends/engine/chat_template/selection.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// The input as text, mapped; safe text stays safe.
template <class Map>
Result<Value> map_text(std::string_view name, const Value& input, const Arguments& arguments,
                       Budget& budget, const Map& map) {
  const Result<Bound> bound = Bound::bind(name, {}, arguments);
  if (!bound) return bound.error();
  const Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  Result<std::string> mapped = map(*text);
  if (!mapped) return mapped.error();
  return Value::text(*std::move(mapped), input.is_markup());
}

Result<Value> upper_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return map_text("upper", input, arguments, budget,
                  [](const std::string& text) { return to_case(text, Case::upper); });
}

Result<Value> lower_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return map_text("lower", input, arguments, budget,
                  [](const std::string& text) { return to_case(text, Case::lower); });
}

Result<Value> capitalize_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return map_text("capitalize", input, arguments, budget,
                  [](const std::string& text) { return capitalize(text); });
}

// The first character of each word in upper case, where words follow - ( { [ < and white space.
Result<std::string> title_words(const std::string& text) {
  std::string result;
  std::string_view rest = text;
  bool starts = true;
  while (!rest.empty()) {
    std::string_view after = rest;
    const char32_t code = take_code_point(after);
    const std::string_view one = rest.substr(0, rest.size() - after.size());
    const bool separates =
        is_space(code) || std::string_view("-({[<").find(one) != std::string::npos;
    const Result<std::string> mapped = to_case(one, starts ? Case::upper : Case::lower);
    if (!mapped) return mapped;
    result += *mapped;
    starts = separates;
    rest = after;
  }
  return result;
}

Result<Value> title_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return map_text("title", input, arguments, budget, title_words);
}

Result<Value> string_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  return map_text("string", input, arguments, budget,
                  [](const std::string& text) { return Result<std::string>(text); });
}

Result<Value> safe_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("safe", {}, arguments);
  if (!bound) return bound.error();
  Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  return Value::text(*std::move(text), true);
}

Result<Value> escape_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("escape", {}, arguments);
  if (!bound) return bound.error();
  if (input.is_markup()) return input;
  const Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  std::string escaped = escape_markup(*text);
  if (const Result<void> paid = budget.take_bytes(escaped.size()); !paid) return paid.error();
  return Value::text(std::move(escaped), true);
}

Result<Value> trim_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("trim", {"chars"}, arguments);
  if (!bound) return bound.error();
  const Result<std::optional<std::string_view>> chars = bound->optional_text(0);
  if (!chars) return chars.error();
  const Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  return Value::text(std::string(strip(*text, Side::both, *chars)), input.is_markup());
}

Result<Value> replace_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("replace", {"old", "new", "count"}, arguments, 2);
  if (!bound) return bound.error();
  const Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  const Result<std::string> what = to_text(*(*bound)[0], budget);
  if (!what) return what.error();
  const Result<std::string> by = to_text(*(*bound)[1], budget);
  if (!by) return by.error();
  const bool everywhere = !bound->has(2) || (*bound)[2]->is_none();
  const Result<std::int64_t> limit = everywhere ? Result<std::int64_t>(-1) : bound->integer(2, -1);
  if (!limit) return limit.error();
  const std::size_t size = replaced_size(*text, *what, *by, *limit);
  if (const Result<void> paid = budget.take_bytes(size); !paid) return paid.error();
  return Value::text(replace(*text, *what, *by, *limit));
}

Result<Value> indent_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("indent", {"width", "first", "blank"}, arguments);
  if (!bound) return bound.error();
  if (!input.is_text()) return invalid("indent: takes a string");
  if (input.is_markup()) return invalid("indent of safe text is not supported");
  std::string indention(4, ' ');
  if (bound->has(0) && (*bound)[0]->is_text()) {
    indention = (*bound)[0]->bytes();
  } else if (bound->has(0)) {
    const Result<std::int64_t> width = bound->integer(0, 4);
    if (!width) return width.error();
    const std::int64_t wanted = std::clamp<std::int64_t>(*width, 0, kMaxBytes);
    if (const auto paid = budget.take_bytes(static_cast<std::size_t>(wanted)); !paid) {
      return paid.error();
    }
    indention.assign(static_cast<std::size_t>(wanted), ' ');
  }
  const std::string text = input.bytes() + "\n";
  const std::vector<std::string_view> lines = split_lines(text, false);
  const std::size_t most = text.size() + lines.size();
  if (!indention.empty() && lines.size() > kMaxBytes / indention.size()) {
    return budget.take_bytes(kMaxBytes + 1).error();
  }
  if (const auto paid = budget.take_bytes(most + lines.size() * indention.size()); !paid) {
    return paid.error();
  }
  std::string out = bound->flag(1) ? indention : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\n";
    if (i > 0 && (bound->flag(2) || !lines[i].empty())) out += indention;
    out += lines[i];
  }
  return Value::text(std::move(out));
}

Result<Value> default_filter(const Value& input, const Arguments& arguments, Budget&) {
  const Result<Bound> bound = Bound::bind("default", {"default_value", "boolean"}, arguments);
  if (!bound) return bound.error();
  const bool replaced = input.is_undefined() || (bound->flag(1) && !truthy(input));
  if (!replaced) return input;
  return bound->has(0) ? *(*bound)[0] : Value::text("");
}

Result<Value> length_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  const Result<Bound> bound = Bound::bind("length", {}, arguments);
  if (!bound) return bound.error();
  if (input.is_text()) {
    if (const auto paid = budget.take_steps(input.bytes().size() / 64); !paid) return paid.error();
  }
  if (Loop* loop = input.object<Loop>()) {
    const Result<std::optional<Value>> rounds = loop->attribute("length", budget);
    if (!rounds) return rounds.error();
    return **rounds;
  }
  const Result<std::size_t> size = length(input);
  if (!size) return size.error();
  return Value(static_cast<std::int64_t>(*size));
}

Result<Value> format_filter(const Value& input, const Arguments& arguments, Budget& budget) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    return invalid("format: takes values with names or without, not both");
  }
  Result<std::string> text = to_text(input, budget);
  if (!text) return text.error();
  auto names = std::make_shared<Dict>();
  for (const auto& [name, value] : arguments.named) {
    if (const auto done = names->set(Value::text(name), value); !done) return done.error();
  }
  const Result<Value> values = arguments.named.empty()
                                   ? Value::tuple(arguments.positional)
                                   : Result<Value>(Value(std::shared_ptr<const Dict>(names)));
  if (!values) return values;
  return format_printf(Value::text(*std::move(text), input.is_markup()), *values, budget);
}

Result<Value> abs_filter(const Value& input, const Arguments& arguments, Budget&) {
  const Result<Bound> bound = Bound::bind("abs", {}, arguments);
  if (!bound) return bound.error();
  if (const double* real = input.as<double>()) return Value(std::abs(*real));
  const auto whole = input.integer();
  if (!whole) return invalid("abs: takes a number, not '" + type_name(input) + "'");
  return apply_sign(*whole < 0, Value(*whole));
}

// Digits with single underscores between them, without those; nothing for other text.
std::optional<std::string> plain_digits(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const auto alphanumeric = [&](std::size_t at) {
      return at < text.size() && text[at] != '_' && text[at] != '.' && text[at] != '+' &&
             text[at] != '-';
    };
    if (i == 0 || !alphanumeric(i - 1) || !alphanumeric(i + 1)) return std::nullopt;
  }
  return plain;
}

// float(text): nothing where Python raises ValueError.
std::optional<double> parse_float(std::string_view text) {
  text = strip(text, Side::both);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const std::optional<std::string> plain = plain_digits(text);
  if (!plain || plain->empty() || plain->find('(') != std::string::npos) return std::nullopt;
  double number = 0;
  const char* end = plain->data() + plain->size();
  const auto read = std::from_chars(plain->data(), end, number);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return std::strtod(plain->c_str(), nullptr);
  return number;
}

// int(text, base): nothing where Python raises ValueError.
Result<std::optional<std::int64_t>> parse_int(std::string_view text, int base) {
  text = strip(text, Side::both);
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > 2 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    const bool fits =
        (base == 16 && mark == 'x') || (base == 8 && mark == 'o') || (base == 2 && mark == 'b');
    if (fits) text.remove_prefix(2);
  }
  const std::optional<std::string> plain = plain_digits(text);
  if (!plain || plain->empty() || (*plain)[0] == '-') return std::optional<std::int64_t>();
  const std::string digits = (minus ? "-" : "") + *plain;
  std::int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number, base);
  if (read.ptr != end) return std::optional<std::int64_t>();
  if (read.ec == std::errc::result_out_of_range) return invalid("an integer does not fit 64 bits");
  if (read.ec != std::errc()) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(number);
}

Result<std::int64_t> truncated(double real) {
  if (!(std::abs(real) < 0x1p63)) return invalid("an integer does not fit 64 bits");
  return static_cast<std::int64_t>(real);
}

Result<Value> int_filter(const Value& input, const Arguments& arguments, Budget&) {
  const Result<Bound> bound = Bound::bind("int", {"default", "base"}, arguments);
  if (!bound) return bound.error();
  const Value fallback = bound->has(0) ? *(*bound)[0] : Value(std::int64_t{0});
  const Result<std::int64_t> base = bound->integer(1, 10);
  if (!base) return base.error();
  if (*base < 2 || *base > 36) return invalid("int: only bases from 2 to 36 are supported");
  if (const Undefined* undefined = input.as<Undefined>()) return invalid(*undefined->why);
  if (const auto whole = input.integer()) return Value(*whole);
  std::optional<double> real;
  if (input.as<double>() != nullptr) real = *input.as<double>();
  if (input.is_text()) {
    const auto whole = parse_int(input.bytes(), static_cast<int>(*base));
    if (!whole) return whole.error();
    if (*whole) return Value(**whole);
    real = parse_float(input.bytes());
    if (real && std::isinf(*real)) return fallback;
  }
  if (!real || std::isnan(*real)) return fallback;
  const Result<std::int64_t> whole = truncated(*real);
  if (!whole) return whole.error();
  return Value(*whole);
}

Result<Value> float_filter(const Value& input, const Arguments& arguments, Budget&) {
  const Result<Bound> bound = Bound::bind("float", {"default"}, arguments);
  if (!bound) return bound.error();
  if (const Undefined* undefined = input.as<Undefined>()) return invalid(*undefined->why);
  if (const auto number = input.number()) return Value(*number);
  if (input.is_text()) {
    if (const auto number = parse_float(input.bytes())) return Value(*number);
  }
  return bound->has(0) ? *(*bound)[0] : Value(0.0);
}

constexpr FilterEntry kFilters[] = {
    {"abs", abs_filter},
    {"capitalize", capitalize_filter},
    {"count", length_filter},
    {"d", default_filter},
    {"default", default_filter},
    {"dictsort", dictsort_filter},
    {"e", escape_filter},
    {"escape", escape_filter},
    {"first", first_filter},
    {"float", float_filter},
    {"format", format_filter},
    {"indent", indent_filter},
    {"int", int_filter},
    {"items", items_filter},
    {"join", join_filter},
    {"last", last_filter},
    {"length", length_filter},
    {"list", list_filter},
    {"lower", lower_filter},
    {"map", map_filter},
    {"max", max_filter},
    {"min", min_filter},
    {"reject", reject_filter},
    {"rejectattr", rejectattr_filter},
    {"replace", replace_filter},
    {"reverse", reverse_filter},
    {"safe", safe_filter},
    {"select", select_filter},
    {"selectattr", selectattr_filter},
    {"sort", sort_filter},
    {"string", string_filter},
    {"sum", sum_filter},
    {"title", title_filter},
    {"tojson", tojson_filter},
    {"trim", trim_filter},
    {"unique", unique_filter},
    {"upper", upper_filter},
};

}  // namespace

const FilterEntry* find_filter(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                   [&](const FilterEntry& filter) { return filter.name == name; });
  return found == std::end(kFilters) ? nullptr : found;
}

}  // namespace proctor::engine
