// The tests of templates, {{ value is name(arguments) }}, by name (jinja2 3.1.6, tests.py).
#pragma once

#include <string_view>

#include "backends/engine/chat_template/value.h"

namespace proctor::engine {

struct TestEntry {
  std::string_view name;
  std::size_t arguments = 0;  // how many it takes besides the value
  // `argument` is null where it takes none. Errors: invalid_input, for kinds it cannot test.
  Result<bool> (*apply)(const Value& value, const Value* argument, Budget& budget);
};

// Null where no such test is supported. The entry lives forever.
const TestEntry* find_test(std::string_view name);

// Applies the test to arguments as they were given. Errors: also for their wrong number.
Result<bool> run_test(const TestEntry& test, const Value& value, const Arguments& arguments,
                      Budget& budget);

}  // namespace proctor::engine
