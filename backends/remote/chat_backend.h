// The remote backend for OpenAI-compatible servers: keeps `concurrency` requests in flight from one
// thread, streams or awaits their replies, and repeats what failed for a passing reason.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.h"

namespace proctor::backends {

// `base_url` is the part before "/chat/completions": "http://127.0.0.1:8000/v1".
// Errors: invalid_input for a URL that is none or that carries a password.
Result<std::unique_ptr<Backend>> make_chat_backend(std::string model,
                                                   const BackendOptions& options);

}  // namespace proctor::backends
