// The run as it goes, on stderr: a live view on a terminal, a plain line now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "harness/run_pipeline.h"

namespace proctor::harness {

// What one moment looks like; pure, for tests. `elapsed` since this process began, `tokens_per_s`
// over the last moments.
std::string format_progress(const RunProgress& progress, std::chrono::milliseconds elapsed,
                            double tokens_per_s);

// Shows `progress` from its own thread until destroyed. Reads atomics only.
class ProgressView {
 public:
  enum class Style { none, lines, live };
  // Live on a terminal that can erase (TERM is set and not "dumb"), lines elsewhere.
  static Style style_for_stderr();

  ProgressView(const RunProgress& progress, Style style);
  ~ProgressView();
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;

 private:
  void show(std::stop_token stop);
  void draw(const std::string& text);

  const RunProgress& progress_;
  const Style style_;
  bool drawn_ = false;
  std::jthread thread_;
};

}  // namespace proctor::harness
