// One serve() of the remote backend by batches: requests gathered and handed in by the thousand,
// looked at now and then, and their replies collected, across as many processes as that takes.
//
//   ready -> intended (ledger) -> created at the service -> accepted (ledger) -> ... hours ...
//         -> collected, replies stored -> closed (ledger)
//
// A process may end at any arrow. The next one finds the open batches in the ledger, waits for
// those rather than ask anew, and finds one that was created without an id by listing the
// service's.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "backends/backend.h"
#include "backends/remote/batch/batch_service.h"
#include "backends/remote/provider.h"

namespace proctor::backends {

// Serves as Backend::serve() says. Errors: also the ledger's, and transport at `deadline`; batches
// that are open then remain so.
Result<void> run_batch_session(const RemoteModel& model, const BackendOptions& options,
                               std::optional<std::chrono::steady_clock::time_point> deadline,
                               BatchService& service, RequestFeed& feed, ReplySink& sink,
                               std::stop_token stop);

}  // namespace proctor::backends
