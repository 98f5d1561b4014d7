// The attachments of a task's plan in the store: each body once, whatever number of runs has it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "reports/compress.h"
#include "reports/sqlite.h"

namespace proctor::reports {

// To be called within a transaction.
Result<void> insert_attachments(const Database& database, Compressor& compressor,
                                std::int64_t run_task, std::span<const Attachment> attachments);

// In the order in which they were planned. Errors: corrupt, if a body is not there or is another.
Result<std::vector<Attachment>> load_attachments(const Database& database,
                                                 const Compressor& compressor,
                                                 std::int64_t run_task);

}  // namespace proctor::reports
