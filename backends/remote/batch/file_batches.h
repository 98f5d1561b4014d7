// OpenAI's batches: requests and replies are files (OpenAI API reference, "Files" and "Batch").
#pragma once

#include <memory>
#include <string>

#include "backends/remote/batch/batch_service.h"

namespace proctor::backends {

std::unique_ptr<BatchService> make_file_batches(const RemoteModel& model, std::string base_url,
                                                const BackendOptions& options);

}  // namespace proctor::backends
