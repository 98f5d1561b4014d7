// All samples of a log, for tests of its reader.
#pragma once

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "reports/exchange/foreign.h"

namespace proctor::reports::exchange {

// `visit` is a reader's function, with all arguments but the visitor bound.
template <class Visit>
std::pair<ForeignLog, std::vector<ForeignSample>> read_log(const Visit& visit) {
  std::vector<ForeignSample> samples;
  const Result<ForeignLog> log = visit([&](ForeignSample sample) -> Result<void> {
    samples.push_back(std::move(sample));
    return {};
  });
  REQUIRE_MESSAGE(log, (log ? "" : log.error().message()));
  return {*log, std::move(samples)};
}

// The message of the error that reading it is.
template <class Visit>
std::string complaint_of(const Visit& visit) {
  const Result<ForeignLog> log = visit([](ForeignSample) { return Result<void>(); });
  return log ? "" : log.error().message();
}

}  // namespace proctor::reports::exchange
