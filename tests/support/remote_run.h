// Serving a list of requests by a remote backend, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/backend_ends.h"

namespace proctor::support {

struct Served {
  RecordingSink sink;
  Result<void> done;
};

inline std::map<std::string, std::string> sums(int count) {
  std::map<std::string, std::string> answers;
  for (int i = 0; i < count; ++i) {
    answers["What is 100 + " + std::to_string(i) + "?"] = std::to_string(100 + i);
  }
  return answers;
}

// `repeats` requests for each problem, tickets from 0, seeds equal to tickets.
inline std::vector<backends::Request> requests_for(
    const std::map<std::string, std::string>& answers, int repeats) {
  std::vector<backends::Request> requests;
  for (const auto& [problem, gold] : answers) {
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const auto ticket = static_cast<std::int64_t>(requests.size());
      requests.push_back({.ticket = ticket,
                          .task = "sums",
                          .question_id = problem,
                          .repeat = repeat,
                          .prompt = {{"user", problem + "\nPlease reason step by step."}},
                          .sampling = {},
                          .seed = static_cast<std::uint64_t>(ticket)});
    }
  }
  return requests;
}

// Short waits, whatever goes wrong.
inline backends::BackendOptions quick_options(const std::string& base_url) {
  backends::BackendOptions options;
  options.base_url = base_url;
  options.concurrency = 8;
  options.backoff_first_s = 0.002;
  options.backoff_max_s = 0.02;
  options.idle_timeout_s = 0.3;
  options.max_attempts = 6;
  return options;
}

// The spec must be one of a backend.
inline Served serve_by(const std::string& spec, const std::vector<backends::Request>& requests,
                       const backends::BackendOptions& options) {
  Served served;
  const Result<std::unique_ptr<backends::Backend>> backend = backends::make_backend(spec, options);
  check(static_cast<bool>(backend));
  ListFeed feed(requests);
  served.done = (*backend)->serve(feed, served.sink, {});
  return served;
}

}  // namespace proctor::support
