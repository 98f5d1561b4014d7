// The standard checkers of testlib, natively: what each says of an output beside the jury's answer,
// without a process and without compiling one.
//
// Behaviour, oddities included, is that of checkers/*.cpp over testlib.h in MikeMirzayanov/testlib
// 1e4e8a2, built without its optional macros: tests/graders/code/testlib compares with recorded
// outcomes of the real ones. Pure functions, linear in the texts but for the sorting of `uncmp`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "graders/code/testlib/reader.h"
#include "harness/core/result.h"

namespace proctor::graders::code::testlib {

struct NamedChecker {
  std::string_view name;  // "wcmp"
  // Reads what it needs; what is then left of the output is run()'s to judge.
  Finding (*check)(Reader& output, Reader& answer);
};

// In alphabetical order.
std::span<const NamedChecker> all_checkers();
// Errors: invalid_input, listing the names there are.
Result<const NamedChecker*> checker_named(std::string_view name);

// What the checker program would say. Where it would be content, anything but white space left in
// the output is a fault of the output. Thread-safe.
Finding run(const NamedChecker& checker, std::string_view output, std::string_view answer);

}  // namespace proctor::graders::code::testlib
