#include "harness/run/progress_view.h"

#include <fmt/core.h>

#include <cstdint>

namespace proctor::harness::run {
namespace {

std::string format_duration(double seconds) {
  const std::int64_t whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string format_progress(const RunProgress& progress, std::chrono::milliseconds elapsed,
                            double tokens_per_s) {
  std::int64_t planned = 0;
  std::int64_t scored = 0;
  std::string tasks;
  for (const auto& task : progress.tasks) {
    planned += task->planned;
    scored += task->scored;
    const std::int64_t decided = task->scored - task->undecided;
    tasks += fmt::format("  {} {}/{}", task->name, task->scored.load(), task->planned.load());
    if (decided > 0) {
      tasks += fmt::format(" pass@1 {:.1f}", 100.0 * static_cast<double>(task->correct) /
                                                 static_cast<double>(decided));
    }
  }
  const std::int64_t settled = scored + progress.failed + progress.ungraded;
  std::string line = fmt::format("{}/{}", settled, planned);
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  const std::int64_t finished = progress.finished;
  if (finished > 0 && settled < planned) {
    line +=
        fmt::format("  ETA {}", format_duration(seconds * static_cast<double>(planned - settled) /
                                                static_cast<double>(finished)));
  }
  line += fmt::format("  {:.0f} tokens/s  {} in flight", tokens_per_s, progress.in_flight.load());
  if (progress.retries > 0) line += fmt::format("  {} repeated", progress.retries.load());
  if (progress.failed > 0) line += fmt::format("  {} failed", progress.failed.load());
  if (progress.ungraded > 0) line += fmt::format("  {} ungraded", progress.ungraded.load());
  return line + tasks;
}

ProgressView::ProgressView(const RunProgress& progress, LiveStyle style)
    : line_({.done = [&progress] { return progress.tokens.load(); },
             .text =
                 [&progress](std::chrono::milliseconds elapsed, double tokens_per_s) {
                   return format_progress(progress, elapsed, tokens_per_s);
                 },
             .stays = true},
            style) {}

}  // namespace proctor::harness::run
