// A download as it goes, on stderr: a live line on a terminal, a plain one now and then elsewhere.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "harness/progress_view.h"

namespace proctor::harness {

// What one moment looks like; pure. `here` may be more than `of` when that is not known (0).
std::string format_download(const std::string& name, std::int64_t here, std::int64_t of,
                            double bytes_per_s);

// Shows it from its own thread until destroyed. add() and expect() may be called by any thread.
class DownloadView {
 public:
  DownloadView(std::string name, ProgressView::Style style);
  ~DownloadView();
  DownloadView(const DownloadView&) = delete;
  DownloadView& operator=(const DownloadView&) = delete;

  void expect(std::uint64_t bytes) { expected_ += static_cast<std::int64_t>(bytes); }
  void add(std::int64_t bytes) { here_ += bytes; }

 private:
  void show(std::stop_token stop);
  void draw(const std::string& text);

  const std::string name_;
  const ProgressView::Style style_;
  std::atomic<std::int64_t> expected_ = 0;
  std::atomic<std::int64_t> here_ = 0;
  bool drawn_ = false;
  std::jthread thread_;
};

}  // namespace proctor::harness
