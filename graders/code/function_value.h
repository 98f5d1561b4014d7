// Whether what a function returned is what was expected.
#pragma once

#include <string_view>

#include "graders/code/checker.h"

namespace proctor::graders::code {

// Both as JSON. An expected output that is none is an internal error.
Opinion compare_values(std::string_view expected, std::string_view actual);

}  // namespace proctor::graders::code
