// One serve() of the remote backend: requests out to one or several servers, their repeats, and the
// decision what each end of an attempt means. One thread, however many are in flight.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/provider.h"

namespace proctor::backends {

// Serves as Backend::serve() says, at these base URLs, which carry no final slash. At
// `options.deadline_s` it ends with an Error of code transport and leaves what is in flight open.
Result<void> run_session(const RemoteModel& model, const std::vector<std::string>& base_urls,
                         const BackendOptions& options, RequestFeed& feed, ReplySink& sink,
                         std::stop_token stop);

}  // namespace proctor::backends
