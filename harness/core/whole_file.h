// A file's whole content at once. Here because every folder reads one, and streams of the standard
// library throw when what was opened is a folder.
#pragma once

#include <filesystem>
#include <string>

#include "harness/core/result.h"

namespace proctor {

// Of anything that can be read to an end, pipes too. Errors, all naming the path: not_found, if
// nothing is there; invalid_input for a folder; io.
Result<std::string> read_whole_file(const std::filesystem::path& path);

}  // namespace proctor
