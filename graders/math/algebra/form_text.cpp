// Forms as text: canonical, since forms are sorted, and readable enough for an explanation.
#include "graders/math/algebra/form.h"

namespace proctor::graders::math {
namespace {

std::string_view name_of(Constant which) {
  constexpr std::string_view kNames[] = {"pi", "e", "i", "infinity"};
  return kNames[static_cast<std::size_t>(which)];
}

std::string_view name_of(Function which) {
  constexpr std::string_view kNames[] = {
      "sin",      "cos",   "asin", "acos", "atan",  "sinh", "cosh",      "asinh",
      "acosh",    "atanh", "ln",   "abs",  "floor", "ceil", "factorial", "double_factorial",
      "max",      "min",   "gcd",  "lcm",  "mod",   "re",   "im",        "arg",
      "conjugate"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Function::conjugate) + 1);
  return kNames[static_cast<std::size_t>(which)];
}

void append(const Form& form, std::string& out);

void append_list(std::span<const Form* const> parts, char separator, std::string& out) {
  bool first = true;
  for (const Form* part : parts) {
    if (!first) out += separator;
    first = false;
    append(*part, out);
  }
}

void append(const Form& form, std::string& out) {
  switch (form.op) {
    case Op::number:
      out += form.number.text();
      return;
    case Op::symbol:
      out += form.name;
      return;
    case Op::constant:
      out += name_of(form.constant);
      return;
    case Op::sum:
      out += '(';
      append_list(form.parts, '+', out);
      if (!form.number.is_zero()) out += '+' + form.number.text();
      out += ')';
      return;
    case Op::product:
      if (!form.number.is_one()) out += form.number.text() + '*';
      append_list(form.parts, '*', out);
      return;
    case Op::power:
      out += '(';
      append_list(form.parts, '^', out);
      out += ')';
      return;
    case Op::function:
      out += name_of(form.function);
      out += '(';
      append_list(form.parts, ',', out);
      out += ')';
      return;
    case Op::undefined:
      out += "undefined";
  }
}

}  // namespace

std::string to_string(const Form& form) {
  std::string text;
  append(form, text);
  return text;
}

}  // namespace proctor::graders::math
