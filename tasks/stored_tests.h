// The tests of programs, as they lie in a data folder: DIR/TASK/tests/SHA256.json.zst, one file a
// question, named by what it holds. LiveCodeBench's take gigabytes, so that they are neither part
// of a dataset nor of a run's store; the hash that stands for them in both pins them all the same.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks {

std::filesystem::path tests_path(const std::filesystem::path& dir, std::string_view task,
                                 std::string_view sha256);

// Stores `tests`, whose SHA-256 in hex is `sha256`, in one atomic step; a sound file that is there
// already is left alone. Tests of an older import stay: stored runs name them.
// Errors: io, disk_full.
Result<void> save_tests(const std::filesystem::path& dir, std::string_view task,
                        std::string_view sha256, std::string_view tests);

// Loads what save_tests() stored and verifies its hash.
// Errors: not_found; corrupt; io.
Result<std::string> load_saved_tests(const std::filesystem::path& dir, std::string_view task,
                                     std::string_view sha256);

}  // namespace proctor::tasks
