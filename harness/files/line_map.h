// A file of lines from a file of lines, for the verbs that work on JSON Lines: on all cores, in
// order, in little memory whatever the size of the file.
#pragma once

#include <functional>
#include <string>

#include "harness/core/result.h"

namespace proctor::harness {

// What becomes of a line that is not blank, its line feed included. Called from many threads.
using LineMap = std::function<Result<std::string>(const std::string& line)>;

// Maps all lines of `in` to `out`, files by name or "-" for stdin and stdout. Stops at the first
// line, in the file's order, that cannot be mapped: the error then begins `in:line`. A file `out`
// takes its name once all is written; an error or an interrupt, which ends the process, leaves what
// was there before.
Result<void> map_lines(const std::string& in, const std::string& out, const LineMap& map);

}  // namespace proctor::harness
