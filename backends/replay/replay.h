// Replies from a file (DESIGN section 6, "replay in"): tests the whole pipeline without a model,
// and grades replies that were made elsewhere.
#pragma once

#include <filesystem>
#include <memory>

#include "backends/backend.h"

namespace proctor::backends {

// Reads and checks the whole file once and keeps only where each reply stands, so that its size
// does not matter. Errors: io; invalid_input as file:line: field, for a row that is no reply or for
// a second reply to the same sample.
Result<std::unique_ptr<Backend>> make_replay_backend(const std::filesystem::path& file);

}  // namespace proctor::backends
