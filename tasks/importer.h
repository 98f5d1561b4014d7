// From the text of upstream files to a dataset in normal form.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tasks/catalogue.h"
#include "tasks/rows.h"

namespace proctor::tasks {

// Takes the tests of a question and their SHA-256.
using KeepTests = std::function<Result<void>(const std::string& sha256, std::string_view tests)>;

// parse_dataset wherever the rows come from and the tests go; `Dataset::source` is left to the
// caller.
Result<Dataset> parse_rows(const Benchmark& benchmark, std::span<RowReader> files,
                           const KeepTests& keep_tests,
                           const std::function<void(std::size_t rows)>& on_row = {},
                           const RowsBeside& beside = {});

}  // namespace proctor::tasks
