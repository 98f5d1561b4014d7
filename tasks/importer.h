// From the text of upstream files to a dataset in normal form.
#pragma once

#include <span>

#include "tasks/catalogue.h"
#include "tasks/json_lines.h"

namespace proctor::tasks {

// parse_dataset without the disk; `Dataset::source` is left to the caller.
Result<Dataset> parse_texts(const Benchmark& benchmark, std::span<const NamedText> texts);

}  // namespace proctor::tasks
