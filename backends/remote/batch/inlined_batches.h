// Anthropic's batches: requests travel with the batch, results are a file (Anthropic API reference,
// "Message Batches").
#pragma once

#include <memory>
#include <string>

#include "backends/remote/batch/batch_service.h"

namespace proctor::backends {

std::unique_ptr<BatchService> make_inlined_batches(const RemoteModel& model, std::string base_url,
                                                   const BackendOptions& options);

}  // namespace proctor::backends
