// Whole files, read and replaced.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks {

// Errors, all naming the path: not_found; invalid_input for a folder; io.
Result<std::string> read_whole_file(const std::filesystem::path& path);

// Makes `path` hold `bytes` in one step that survives a crash: at any moment the path shows the old
// content or the new, and after an error the old. Creates the folder. Errors: io, disk_full.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace proctor::tasks
