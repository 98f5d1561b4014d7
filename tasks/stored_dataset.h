// Datasets in normal form, as they lie on disk: tasks/README.md describes the format.
#pragma once

#include <span>
#include <string>

#include "tasks/catalogue.h"
#include "tasks/json_lines.h"

namespace proctor::tasks {

// SHA-256 in hex over the question lines of the stored form.
std::string hash_of(std::span<const Question> questions);

// Reads the stored form. Errors: corrupt, with the line where one can be named.
Result<Dataset> parse_stored(const Benchmark& benchmark, const NamedText& file);

}  // namespace proctor::tasks
