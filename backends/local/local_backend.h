// The built-in engine as a backend: "tiny", the embedded model, and "local/FOLDER".
#pragma once

#include <memory>
#include <string>

#include "backends/backend.h"

namespace proctor::backends {

// Errors: those of reading the model; unavailable, if the device is not there or has no room;
// invalid_input, if the model has no chat template.
Result<std::unique_ptr<Backend>> make_tiny_backend(const BackendOptions& options);
Result<std::unique_ptr<Backend>> make_local_backend(const std::string& folder,
                                                    const BackendOptions& options);

}  // namespace proctor::backends
