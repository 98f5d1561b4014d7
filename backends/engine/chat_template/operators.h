// Python's operators on values. Errors of all: invalid_input, for kinds that an operator does not
// take, division by zero, integers beyond 64 bits (Python's have no end); out of budget.
#pragma once

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

enum class Operator { add, subtract, multiply, divide, floor_divide, modulo, power };

enum class Relation { equal, unequal, less, at_most, greater, at_least, in, not_in };

Result<Value> apply(Operator op, const Value& left, const Value& right, Budget& budget);
Result<Value> apply_sign(bool minus, const Value& operand);
Result<bool> relate(Relation relation, const Value& left, const Value& right, Budget& budget);

// `item in container`.
Result<bool> contains(const Value& container, const Value& item, Budget& budget);

// markupsafe.escape() of plain text: & < > " ' as HTML writes them.
std::string escape_markup(std::string_view bytes);

}  // namespace proctor::engine
