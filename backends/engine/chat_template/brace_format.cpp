#include <algorithm>
#include <optional>
#include <string>

#include "backends/engine/chat_template/access.h"
#include "backends/engine/chat_template/format.h"
#include "backends/engine/chat_template/number_format.h"
#include "backends/engine/chat_template/text.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

// The format of one {} with what it is to be filled with.
class Braces {
 public:
  Braces(const Arguments& arguments, Budget& budget) : arguments_(arguments), budget_(budget) {}

  Result<std::string> run(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const std::size_t mark = text.find_first_of("{}");
      out += text.substr(0, mark);
      if (mark == std::string_view::npos) break;
      const char brace = text[mark];
      text.remove_prefix(mark + 1);
      if (text.starts_with(brace)) {
        out += brace;
        text.remove_prefix(1);
        continue;
      }
      const std::size_t close = text.find('}');
      if (brace == '}' || close == std::string_view::npos) {
        return invalid("a format has a single brace");
      }
      const Result<std::string> one = field(text.substr(0, close));
      if (!one) return one;
      if (const Result<void> paid = budget_.take_bytes(one->size()); !paid) return paid.error();
      out += *one;
      text.remove_prefix(close + 1);
    }
    return out;
  }

 private:
  Result<std::string> field(std::string_view text) {
    if (text.find('{') != std::string_view::npos) {
      return invalid("nested braces in a format are not supported");
    }
    const std::size_t colon = text.find(':');
    std::string_view spec = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    text = text.substr(0, colon);
    const std::size_t mark = text.find('!');
    const std::string_view conversion = mark == std::string_view::npos ? "" : text.substr(mark + 1);
    const Result<Value> value = look_up(text.substr(0, mark));
    if (!value) return value.error();
    if (conversion.empty() && mark == std::string_view::npos) return specified(*value, spec);
    if (conversion != "r" && conversion != "s") {
      return invalid("the conversion !" + std::string(conversion) + " is not supported");
    }
    const Result<std::string> converted =
        conversion == "r" ? to_repr(*value, budget_) : to_text(*value, budget_);
    if (!converted) return converted;
    return specified(Value::text(*converted), spec);
  }

  Result<Value> look_up(std::string_view path) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    Result<Value> value = argument(path.substr(0, end));
    path.remove_prefix(end);
    while (value && !path.empty()) {
      const bool dot = path[0] == '.';
      path.remove_prefix(1);
      const std::size_t stop = std::min(path.find_first_of(dot ? ".[" : "]"), path.size());
      std::string_view name = path.substr(0, stop);
      if (name.empty() || (!dot && stop == path.size()))
        return invalid("a format has a wrong path");
      path.remove_prefix(dot ? stop : stop + 1);
      const Value key = Value::text(std::string(name));
      std::string_view digits = name;
      const Result<std::optional<std::size_t>> index = take_number(digits);
      if (!index) return index.error();
      if (dot) {
        value = get_attribute(*value, name, budget_);
      } else if (digits.empty()) {
        value = get_item(*value, Value(static_cast<std::int64_t>(**index)), budget_);
      } else {
        value = get_item(*value, key, budget_);
      }
    }
    return value;
  }

  Result<Value> argument(std::string_view name) {
    std::string_view rest = name;
    const Result<std::optional<std::size_t>> number = take_number(rest);
    if (!number) return number.error();
    if (rest.empty()) {
      const bool counted = name.empty();
      if ((counted ? explicit_ : counted_ > 0)) return invalid("a format mixes {} and {0}");
      if (!counted) explicit_ = true;
      const std::size_t index = counted ? counted_++ : **number;
      if (index >= arguments_.positional.size()) return invalid("not enough values for the format");
      return arguments_.positional[index];
    }
    for (const auto& [known, value] : arguments_.named) {
      if (known == name) return value;
    }
    return invalid("a format names a value that is not there");
  }

  // [[fill]align][width][.precision f]
  Result<std::string> specified(const Value& value, std::string_view spec) {
    if (spec.empty()) return to_text(value, budget_);
    const bool number = value.integer().has_value() || value.as<double>() != nullptr;
    if ((!number && !value.is_text()) || value.as<bool>() != nullptr) {
      return invalid("a format for '" + type_name(value) + "' is not supported");
    }
    std::string fill = " ";
    char align = number ? '>' : '<';
    std::string_view after = spec;
    take_code_point(after);
    constexpr std::string_view kAligns = "<>^";
    if (!after.empty() && kAligns.find(after[0]) != std::string_view::npos) {
      fill = spec.substr(0, spec.size() - after.size());
      align = after[0];
      spec = after.substr(1);
    } else if (kAligns.find(spec[0]) != std::string_view::npos) {
      align = spec[0];
      spec.remove_prefix(1);
    }
    if (number && spec.starts_with('0') && spec.size() > 1) {
      return invalid("a format with zeros in front is not supported");
    }
    const Result<std::optional<std::size_t>> width = take_number(spec);
    if (!width) return width.error();
    const Result<std::string> body = typed(value, number, spec);
    if (!body) return body;
    const std::size_t size = count_code_points(*body);
    const std::size_t missing = std::max(width->value_or(0), size) - size;
    const std::size_t left = align == '<' ? 0 : align == '>' ? missing : missing / 2;
    std::string out;
    for (std::size_t i = 0; i < left; ++i) out += fill;
    out += *body;
    for (std::size_t i = left; i < missing; ++i) out += fill;
    return out;
  }

  Result<std::string> typed(const Value& value, bool number, std::string_view spec) {
    const bool plain =
        spec.empty() || (spec == "s" && !number) || (spec == "d" && value.integer().has_value());
    if (plain) return to_text(value, budget_);
    Spec fixed{.precision = 6, .type = 'f'};
    if (spec.starts_with('.')) {
      spec.remove_prefix(1);
      const Result<std::optional<std::size_t>> precision = take_number(spec);
      if (!precision) return precision.error();
      fixed.precision = *precision;
    }
    if (!number || spec != "f" || !fixed.precision) {
      return invalid("a format with this precision or type is not supported");
    }
    return real_text(value, fixed);
  }

  const Arguments& arguments_;
  Budget& budget_;
  std::size_t counted_ = 0;
  bool explicit_ = false;
};

}  // namespace

Result<Value> format_braces(std::string_view text, const Arguments& arguments, Budget& budget) {
  if (const Result<void> paid = budget.take_bytes(text.size()); !paid) return paid.error();
  Result<std::string> out = Braces(arguments, budget).run(text);
  if (!out) return out.error();
  return Value::text(*std::move(out));
}

}  // namespace proctor::engine
