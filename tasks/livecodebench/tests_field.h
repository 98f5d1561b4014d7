// The tests of a row of LiveCodeBench, brought into one form.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/result.h"

namespace proctor::tasks::livecodebench {

// The private tests of the largest known problem unpack to well under a gigabyte; what unpacks to
// more is no problem but an attack, or a fault.
inline constexpr std::size_t kMostUnpackedBytes = 1UL << 30;

// The public tests of `row` and then its private ones, as tasks::load_tests() describes them. A
// function's name in "metadata" makes them calls of it, whatever their "testtype" says, as in
// upstream's runner. Private tests are JSON, or base64 of zlib of a pickle of JSON; JSON is tried
// first, as upstream's loader does.
// Errors: invalid_input, naming the field: anything that does not fit, and a row without any test,
// which every program would pass.
Result<std::string> tests_of(const nlohmann::json& row);

}  // namespace proctor::tasks::livecodebench
