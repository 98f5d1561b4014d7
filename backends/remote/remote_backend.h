// The remote backend: the services of provider.h behind the one interface of backends/backend.h.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.h"
#include "backends/remote/provider.h"

namespace proctor::backends {

// `options.base_url` is the part before "/chat/completions": "http://127.0.0.1:8000/v1".
// Errors: invalid_input for a URL that is none or that carries a password, for a key that is
// missing, and for a wish that the model does not know.
Result<std::unique_ptr<Backend>> make_remote_backend(const Provider& provider, std::string model,
                                                     const BackendOptions& options);

}  // namespace proctor::backends
