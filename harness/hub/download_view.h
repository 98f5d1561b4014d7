// A download as it goes, on stderr.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "harness/process/live_line.h"

namespace proctor::harness::hub {

// What one moment looks like; pure. `here` may be more than `of` when that is not known (0).
std::string format_download(const std::string& name, std::int64_t here, std::int64_t of,
                            double bytes_per_s);

// Shows it until destroyed. add() and expect() may be called by any thread.
class DownloadView {
 public:
  DownloadView(std::string name, LiveStyle style);

  void expect(std::uint64_t bytes) { expected_ += static_cast<std::int64_t>(bytes); }
  void add(std::int64_t bytes) { here_ += bytes; }

 private:
  std::atomic<std::int64_t> expected_ = 0;
  std::atomic<std::int64_t> here_ = 0;
  LiveLine line_;  // last: it reads the above
};

}  // namespace proctor::harness::hub
