// The languages that programs may be written in, as one table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::graders::code {

struct Language {
  std::string_view name;    // "cpp17"
  bool compiled = false;    // to a static program; otherwise Python, run by `tool`
  std::string_view tool;    // path of the compiler or the interpreter
  std::string_view source;  // the program's file name
  std::vector<std::string> flags;
  std::vector<std::string_view> fences;  // what marks it in replies, the usual one first
};

// By name; "python" and "cpp" are the default versions. Errors: invalid_input, listing the names.
Result<const Language*> language_named(std::string_view name);

}  // namespace proctor::graders::code
