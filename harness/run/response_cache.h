// `--response-cache FILE`: replies that were paid for once are not paid for again.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "backends/backend.h"
#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/reply_file.h"

namespace proctor::harness::run {

// Opens the file, creating it if there is none, before anything is paid for; null without a file.
// Errors: invalid_input, for a backend whose replies cost nothing, or a file that is something
// else; corrupt, io, disk_full, busy.
Result<std::shared_ptr<reports::ReplyFile>> open_response_cache(
    const backends::Backend& backend, const std::string& model,
    const std::optional<std::filesystem::path>& file);

// Puts the file in front of the backend of this plan; nothing is done for null. Asks the servers
// about themselves first, since replies of other weights behind the same address are other replies
// (backends/remote/reply_cache.h has the key).
void put_response_cache_before(std::unique_ptr<backends::Backend>& backend,
                               std::shared_ptr<reports::ReplyFile> replies, const RunPlan& plan,
                               std::stop_token stop);

}  // namespace proctor::harness::run
