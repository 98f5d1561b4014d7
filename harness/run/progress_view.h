// The run as it goes, on stderr.
#pragma once

#include <chrono>
#include <string>

#include "harness/process/live_line.h"
#include "harness/run/pipeline.h"

namespace proctor::harness::run {

// What one moment looks like; pure, for tests. `elapsed` since this process began, `tokens_per_s`
// over the last moments.
std::string format_progress(const RunProgress& progress, std::chrono::milliseconds elapsed,
                            double tokens_per_s);

// Shows `progress` until destroyed. Reads atomics only.
class ProgressView {
 public:
  ProgressView(const RunProgress& progress, LiveStyle style);

 private:
  LiveLine line_;
};

}  // namespace proctor::harness::run
