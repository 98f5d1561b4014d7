// One serve() of the remote backend: requests out to one or several servers, their repeats, and the
// decision what each end of an attempt means. One thread, however many are in flight.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/provider.h"
#include "backends/remote/rate_bucket.h"

namespace proctor::backends {

// What one serving leaves to the next of the same backend, as though they were one: how much may be
// sent this minute, when all must be over, and whether this server has ever answered.
struct Pace {
  explicit Pace(const BackendOptions& options)
      : requests(options.requests_per_minute), tokens(options.tokens_per_minute) {}

  RateBucket requests;
  RateBucket tokens;
  std::optional<RateBucket::Clock::time_point> deadline{};  // set by the first serving
  bool answered = false;
};

// Serves as Backend::serve() says, at these base URLs, which carry no final slash. At
// `options.deadline_s` after the first serving began it ends with an Error of code transport and
// leaves what is in flight open.
Result<void> run_session(const RemoteModel& model, const std::vector<std::string>& base_urls,
                         const BackendOptions& options, Pace& pace, RequestFeed& feed,
                         ReplySink& sink, std::stop_token stop);

}  // namespace proctor::backends
