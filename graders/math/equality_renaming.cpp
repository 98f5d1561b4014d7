// Bound variables may have any names: those of f(x) = ..., and k in k \pi for whole k.
#include <string>
#include <utility>

#include "graders/math/equality_compare.h"

namespace proctor::graders::math {
namespace {

const Form* renamed_form(Forms& forms, const Form* form, std::span<const std::string_view> from,
                         std::span<const std::string_view> to) {
  // By way of names that no answer has, so that f(x, y) can become f(y, x).
  for (std::size_t i = 0; i < from.size(); ++i) {
    form = forms.substitute(form, from[i], forms.symbol('#' + std::to_string(i)));
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    form = forms.substitute(form, '#' + std::to_string(i), forms.symbol(to[i]));
  }
  return form;
}

// A copy in which `change` has been made to every form.
Value changed(const Value& value, auto&& change) {
  Value result = value;
  if (result.scalar.form != nullptr) result.scalar.form = change(result.scalar.form);
  for (Constraint& constraint : result.constraints) {
    constraint.difference = change(constraint.difference);
  }
  for (Value& part : result.parts) part = changed(part, change);
  for (Value& condition : result.conditions) condition = changed(condition, change);
  return result;
}

}  // namespace

Value Comparer::renamed(const Value& value, std::span<const std::string_view> from,
                        std::span<const std::string_view> to) {
  return changed(value, [&](const Form* form) { return renamed_form(forms_, form, from, to); });
}

Value Comparer::substituted(const Value& value, std::string_view name, const Form* by) {
  return changed(value, [&](const Form* form) { return forms_.substitute(form, name, by); });
}

}  // namespace proctor::graders::math
