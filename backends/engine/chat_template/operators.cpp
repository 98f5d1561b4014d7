#include "backends/engine/chat_template/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/engine/chat_template/format.h"

namespace proctor::engine {
namespace {

constexpr const char* kSpelling[] = {"+", "-", "*", "/", "//", "%", "**"};

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

Error mismatch(Operator op, const Value& left, const Value& right) {
  return invalid("'" + type_name(left) + "' " + kSpelling[static_cast<int>(op)] + " '" +
                 type_name(right) + "' is not defined");
}

Error overflow() { return invalid("an integer does not fit 64 bits"); }

Error zero() { return invalid("division by zero"); }

// x ** y for y >= 0, by squaring.
Result<Value> integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return overflow();
  }
  return Value(result);
}

Result<Value> integers(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case Operator::add:
      if (__builtin_add_overflow(a, b, &result)) return overflow();
      return Value(result);
    case Operator::subtract:
      if (__builtin_sub_overflow(a, b, &result)) return overflow();
      return Value(result);
    case Operator::multiply:
      if (__builtin_mul_overflow(a, b, &result)) return overflow();
      return Value(result);
    case Operator::divide:
      if (b == 0) return zero();
      return Value(static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b)));
    case Operator::floor_divide:
    case Operator::modulo: {
      if (b == 0) return zero();
      if (b == -1)
        return op == Operator::modulo ? Result<Value>(Value(std::int64_t{0}))
                                      : integers(Operator::subtract, 0, a);
      // C++ rounds towards zero, Python towards minus infinity.
      const bool down = a % b != 0 && (a < 0) != (b < 0);
      if (op == Operator::floor_divide) return Value(a / b - (down ? 1 : 0));
      return Value(a % b + (down ? b : 0));
    }
    case Operator::power:
      if (b >= 0) return integer_power(a, b);
      if (a == 0) return zero();
      return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  return zero();
}

// float.__divmod__ of CPython (Objects/floatobject.c, _float_div_mod).
std::pair<double, double> divide_modulo(double a, double b) {
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) {
      rest += b;
      quotient -= 1;
    }
  } else {
    rest = std::copysign(0.0, b);
  }
  if (quotient == 0) return {std::copysign(0.0, a / b), rest};
  const double floored = std::floor(quotient);
  return {quotient - floored > 0.5 ? floored + 1 : floored, rest};
}

Result<Value> reals(Operator op, double a, double b) {
  switch (op) {
    case Operator::add:
      return Value(a + b);
    case Operator::subtract:
      return Value(a - b);
    case Operator::multiply:
      return Value(a * b);
    case Operator::divide:
      if (b == 0) return zero();
      return Value(a / b);
    case Operator::floor_divide:
      if (b == 0) return zero();
      return Value(divide_modulo(a, b).first);
    case Operator::modulo:
      if (b == 0) return zero();
      return Value(divide_modulo(a, b).second);
    case Operator::power:
      break;
  }
  if (a == 0 && b < 0) return zero();
  if (a < 0 && std::trunc(b) != b) return invalid("complex numbers are not supported");
  const double result = std::pow(a, b);
  if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) return invalid("a float overflows");
  return Value(result);
}

Result<Value> add_texts(const Value& left, const Value& right, Budget& budget) {
  const bool markup = left.is_markup() || right.is_markup();
  const auto part = [&](const Value& value) {
    return markup && !value.is_markup() ? escape_markup(value.bytes()) : value.bytes();
  };
  const std::size_t size = left.bytes().size() + right.bytes().size();
  if (const Result<void> paid = budget.take_bytes(size); !paid) return paid.error();
  return Value::text(part(left) + part(right), markup);
}

Result<Value> repeat(const Value& sequence, std::int64_t times, Budget& budget) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  const List* list = sequence.list_items();
  const std::size_t one = list ? list->items.size() * sizeof(Value) : sequence.bytes().size();
  if (one > 0 && count > kMaxBytes / one) return budget.take_bytes(kMaxBytes + 1).error();
  if (const Result<void> paid = budget.take_bytes(one * count); !paid) return paid.error();
  if (list == nullptr) {
    std::string bytes;
    bytes.reserve(one * count);
    for (std::size_t i = 0; one > 0 && i < count; ++i) bytes += sequence.bytes();
    return Value::text(std::move(bytes), sequence.is_markup());
  }
  std::vector<Value> items;
  for (std::size_t i = 0; one > 0 && i < count; ++i) {
    items.insert(items.end(), list->items.begin(), list->items.end());
  }
  return list->tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

Result<Value> add_lists(const List& left, const List& right, Budget& budget) {
  const std::size_t size = left.items.size() + right.items.size();
  if (const Result<void> paid = budget.take_bytes(size * sizeof(Value)); !paid) return paid.error();
  std::vector<Value> items = left.items;
  items.insert(items.end(), right.items.begin(), right.items.end());
  return left.tuple ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

Result<bool> contains_item(const std::vector<Value>& items, const Value& item, Budget& budget) {
  if (const Result<void> paid = budget.take_steps(items.size()); !paid) return paid.error();
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& one) { return equal(one, item); });
}

}  // namespace

std::string escape_markup(std::string_view bytes) {
  std::string result;
  for (const char c : bytes) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&#34;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

Result<Value> apply(Operator op, const Value& left, const Value& right, Budget& budget) {
  const bool formats = op == Operator::modulo && left.is_text();
  for (const Value* value : {&left, &right}) {
    const Undefined* undefined = value->as<Undefined>();
    if (undefined != nullptr && !formats) return invalid(*undefined->why);
  }
  const auto whole = left.integer();
  const auto other_whole = right.integer();
  if (whole && other_whole) return integers(op, *whole, *other_whole);
  if (left.number() && right.number()) return reals(op, *left.number(), *right.number());
  if (formats) return format_printf(left, right, budget);
  const List* list = left.list_items();
  const List* other = right.list_items();
  if (op == Operator::add && left.is_text() && right.is_text()) {
    return add_texts(left, right, budget);
  }
  if (op == Operator::add && list && other && list->tuple == other->tuple) {
    return add_lists(*list, *other, budget);
  }
  if (op == Operator::multiply && (left.is_text() || list) && other_whole) {
    return repeat(left, *other_whole, budget);
  }
  if (op == Operator::multiply && (right.is_text() || other) && whole) {
    return repeat(right, *whole, budget);
  }
  return mismatch(op, left, right);
}

Result<Value> apply_sign(bool minus, const Value& operand) {
  if (const Undefined* undefined = operand.as<Undefined>()) return invalid(*undefined->why);
  if (const auto whole = operand.integer()) {
    return minus ? integers(Operator::subtract, 0, *whole) : Result<Value>(Value(*whole));
  }
  const double* real = operand.as<double>();
  if (real == nullptr) return invalid("'" + type_name(operand) + "' has no sign");
  return Value(minus ? -*real : *real);
}

Result<bool> contains(const Value& container, const Value& item, Budget& budget) {
  if (container.is_text()) {
    if (!item.is_text()) {
      return invalid("a string is looked for in a string, not '" + type_name(item) + "'");
    }
    return container.bytes().find(item.bytes()) != std::string::npos;
  }
  if (const List* list = container.list_items()) return contains_item(list->items, item, budget);
  const DictView* view = container.as<DictView>();
  const bool keys = view != nullptr && view->of == DictView::Of::keys;
  if (container.dict() != nullptr || keys) {
    const Result<const Value*> found = (keys ? *view->dict : *container.dict()).find(item);
    if (!found) return found.error();
    return *found != nullptr;
  }
  if (Iterator* iterator = container.object<Iterator>()) {
    while (iterator->next < iterator->items.size()) {
      if (equal(iterator->items[iterator->next++], item)) return true;
    }
    if (iterator->failure) return *std::exchange(iterator->failure, std::nullopt);
    return false;
  }
  if (!iterable(container)) return invalid("'" + type_name(container) + "' cannot be searched");
  const Result<std::vector<Value>> items = iterate(container, budget);
  if (!items) return items.error();
  return contains_item(*items, item, budget);
}

Result<bool> relate(Relation relation, const Value& left, const Value& right, Budget& budget) {
  switch (relation) {
    case Relation::equal:
      return equal(left, right);
    case Relation::unequal:
      return !equal(left, right);
    case Relation::less:
      return less(left, right);
    case Relation::greater:
      return less(right, left);
    case Relation::at_most:
    case Relation::at_least: {
      const Result<bool> strict =
          relation == Relation::at_most ? less(left, right) : less(right, left);
      if (!strict) return strict;
      return *strict || equal(left, right);
    }
    case Relation::in:
      return contains(right, left, budget);
    case Relation::not_in: {
      const Result<bool> found = contains(right, left, budget);
      if (!found) return found;
      return !*found;
    }
  }
  return false;
}

}  // namespace proctor::engine
