// The built-in engine as a backend: "tiny", the embedded model, and "local/FOLDER".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/engine/engine.h"
#include "backends/engine/model.h"

namespace proctor::backends {

// Errors: those of reading the model; unavailable, if the device is not there or has no room;
// invalid_input, if the model has no chat template.
Result<std::unique_ptr<Backend>> make_tiny_backend(const BackendOptions& options);
Result<std::unique_ptr<Backend>> make_local_backend(const std::string& folder,
                                                    const BackendOptions& options);

// Over engines of the caller's making: one or more, of this model, of the same arithmetic. `name`
// is what the model is called. Of the options, `concurrency` and `loop_stop` count. Errors:
// invalid_input, if the model has no chat template.
Result<std::unique_ptr<Backend>> make_engine_backend(
    std::unique_ptr<engine::Model> model, std::vector<std::unique_ptr<engine::Engine>> engines,
    const std::string& name, const BackendOptions& options);

}  // namespace proctor::backends
