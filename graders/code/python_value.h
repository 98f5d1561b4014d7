// The values that functions take and return in tests: JSON as Python's json module reads it, equal
// as Python's == finds them.
//
// Not nlohmann/json, which refuses what Python does not: whole numbers of any size, numbers beyond
// a double, NaN and Infinity.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/core/result.h"

namespace proctor::graders::code {

struct PythonValue;
using PythonList = std::vector<PythonValue>;
// Sorted by key, each key once: of equal ones the last counts.
using PythonDict = std::vector<std::pair<std::string, PythonValue>>;

// A whole number as its decimal digits: no leading zeros, and a minus only before others than 0.
struct PythonInt {
  std::string digits;
};

struct PythonValue {
  std::variant<std::monostate, bool, PythonInt, double, std::string, PythonList, PythonDict> value;
};

// Errors: invalid_input, with the byte at which it is no longer JSON, or where it is nested deeper
// than 500 values. Linear time, but for sorting keys.
Result<PythonValue> parse_python_value(std::string_view json);

// True is 1 and 1 is 1.0, exactly and whatever their size; NaN equals nothing.
bool python_equal(const PythonValue& left, const PythonValue& right);

}  // namespace proctor::graders::code
