#include "backends/engine/chat_template/value_tests.h"

#include <algorithm>
#include <string>

#include "backends/engine/chat_template/case_mapping.h"
#include "backends/engine/chat_template/operators.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

template <Relation relation>
Result<bool> compare(const Value& value, const Value* argument, Budget& budget) {
  return relate(relation, value, *argument, budget);
}

Result<bool> remainder_is(const Value& value, const Value& divisor, std::int64_t wanted,
                          Budget& budget) {
  const Result<Value> rest = apply(Operator::modulo, value, divisor, budget);
  if (!rest) return rest.error();
  return equal(*rest, Value(wanted));
}

Result<bool> is_odd(const Value& value, const Value*, Budget& budget) {
  return remainder_is(value, Value(std::int64_t{2}), 1, budget);
}

Result<bool> is_even(const Value& value, const Value*, Budget& budget) {
  return remainder_is(value, Value(std::int64_t{2}), 0, budget);
}

Result<bool> is_divisible(const Value& value, const Value* by, Budget& budget) {
  return remainder_is(value, *by, 0, budget);
}

Result<bool> is_defined(const Value& value, const Value*, Budget&) { return !value.is_undefined(); }

Result<bool> is_undefined(const Value& value, const Value*, Budget&) {
  return value.is_undefined();
}

Result<bool> is_none(const Value& value, const Value*, Budget&) { return value.is_none(); }

Result<bool> is_boolean(const Value& value, const Value*, Budget&) {
  return value.as<bool>() != nullptr;
}

Result<bool> is_true(const Value& value, const Value*, Budget&) {
  return value.as<bool>() != nullptr && *value.as<bool>();
}

Result<bool> is_false(const Value& value, const Value*, Budget&) {
  return value.as<bool>() != nullptr && !*value.as<bool>();
}

Result<bool> is_integer(const Value& value, const Value*, Budget&) {
  return value.as<std::int64_t>() != nullptr;
}

Result<bool> is_float(const Value& value, const Value*, Budget&) {
  return value.as<double>() != nullptr;
}

Result<bool> is_number(const Value& value, const Value*, Budget&) {
  return value.number().has_value();
}

Result<bool> is_string(const Value& value, const Value*, Budget&) { return value.is_text(); }

Result<bool> is_mapping(const Value& value, const Value*, Budget&) {
  return value.dict() != nullptr;
}

Result<bool> is_iterable(const Value& value, const Value*, Budget&) { return iterable(value); }

// Has a length and can be subscripted: an undefined value too, whose class defines both.
Result<bool> is_sequence(const Value& value, const Value*, Budget&) {
  return value.is_undefined() || value.is_text() || value.list_items() != nullptr ||
         value.dict() != nullptr || value.as<Range>() != nullptr;
}

Result<bool> is_callable(const Value& value, const Value*, Budget&) {
  return value.is_undefined() || value.object<const Function>() != nullptr ||
         value.object<Loop>() != nullptr;
}

Result<bool> is_escaped(const Value& value, const Value*, Budget&) { return value.is_markup(); }

Result<bool> is_lower(const Value& value, const Value*, Budget& budget) {
  const Result<std::string> text = to_text(value, budget);
  if (!text) return text.error();
  return is_all_of_case(*text, Case::lower);
}

Result<bool> is_upper(const Value& value, const Value*, Budget& budget) {
  const Result<std::string> text = to_text(value, budget);
  if (!text) return text.error();
  return is_all_of_case(*text, Case::upper);
}

// Python compares addresses: what they say is sure only for the three constants.
Result<bool> is_same(const Value& value, const Value* other, Budget&) {
  const auto constant = [](const Value& one) { return one.is_none() || one.as<bool>() != nullptr; };
  if (!constant(value) && !constant(*other)) {
    return invalid("sameas is supported for true, false and none only");
  }
  return value.data().index() == other->data().index() && equal(value, *other);
}

constexpr TestEntry kTests[] = {
    {"defined", 0, is_defined},
    {"undefined", 0, is_undefined},
    {"none", 0, is_none},
    {"boolean", 0, is_boolean},
    {"true", 0, is_true},
    {"false", 0, is_false},
    {"integer", 0, is_integer},
    {"float", 0, is_float},
    {"number", 0, is_number},
    {"string", 0, is_string},
    {"mapping", 0, is_mapping},
    {"iterable", 0, is_iterable},
    {"sequence", 0, is_sequence},
    {"callable", 0, is_callable},
    {"escaped", 0, is_escaped},
    {"lower", 0, is_lower},
    {"upper", 0, is_upper},
    {"odd", 0, is_odd},
    {"even", 0, is_even},
    {"divisibleby", 1, is_divisible},
    {"sameas", 1, is_same},
    {"in", 1, compare<Relation::in>},
    {"eq", 1, compare<Relation::equal>},
    {"equalto", 1, compare<Relation::equal>},
    {"==", 1, compare<Relation::equal>},
    {"ne", 1, compare<Relation::unequal>},
    {"!=", 1, compare<Relation::unequal>},
    {"lt", 1, compare<Relation::less>},
    {"lessthan", 1, compare<Relation::less>},
    {"<", 1, compare<Relation::less>},
    {"le", 1, compare<Relation::at_most>},
    {"<=", 1, compare<Relation::at_most>},
    {"gt", 1, compare<Relation::greater>},
    {"greaterthan", 1, compare<Relation::greater>},
    {">", 1, compare<Relation::greater>},
    {"ge", 1, compare<Relation::at_least>},
    {">=", 1, compare<Relation::at_least>},
};

}  // namespace

const TestEntry* find_test(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTests), std::end(kTests),
                                   [&](const TestEntry& test) { return test.name == name; });
  return found == std::end(kTests) ? nullptr : found;
}

Result<bool> run_test(const TestEntry& test, const Value& value, const Arguments& arguments,
                      Budget& budget) {
  if (!arguments.named.empty() || arguments.positional.size() != test.arguments) {
    return invalid("the test " + std::string(test.name) + " takes " +
                   std::to_string(test.arguments) + " arguments without names");
  }
  return test.apply(value, test.arguments == 0 ? nullptr : &arguments.positional[0], budget);
}

}  // namespace proctor::engine
