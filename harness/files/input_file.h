// A file that a verb reads: by its name, or stdin as "-".
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::harness {

using InputFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// Closed with the handle, unless it is stdin. Errors: not_found, io.
Result<InputFile> open_input(const std::string& name);

// What messages call it.
std::string input_name(const std::string& name);

// Whether there is nothing on the line, which may have its end.
bool is_blank(std::string_view line);

}  // namespace proctor::harness
