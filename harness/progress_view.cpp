#include "harness/progress_view.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "harness/console.h"
#include "harness/environment.h"

namespace proctor::harness {
namespace {

using Clock = std::chrono::steady_clock;

std::string format_duration(double seconds) {
  const std::int64_t whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// The columns of the terminal, so that no line wraps and the live view stays in place.
std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
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

ProgressView::Style ProgressView::style_for_stderr() {
  // A terminal that cannot erase a line, such as an editor's, says so by its name or has none.
  const std::string terminal = environment("TERM").value_or("");
  const bool erases = !terminal.empty() && terminal != "dumb";
  return erases && isatty(STDERR_FILENO) != 0 ? Style::live : Style::lines;
}

ProgressView::ProgressView(const RunProgress& progress, Style style)
    : progress_(progress), style_(style), thread_([this](std::stop_token stop) { show(stop); }) {}

ProgressView::~ProgressView() {
  thread_.request_stop();
  thread_.join();
  if (drawn_ && style_ == Style::live) say("\n");
}

void ProgressView::draw(const std::string& text) {
  drawn_ = true;
  if (style_ == Style::live) {
    // Back to the line's start, text, erase what is left of the old one.
    say(fmt::format("\r{}\x1b[K", text.substr(0, terminal_columns() - 1)));
  } else {
    say(text + "\n");
  }
}

void ProgressView::show(std::stop_token stop) {
  if (style_ == Style::none) return;
  const auto interval =
      style_ == Style::live ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000);
  const Clock::time_point start = Clock::now();
  Clock::time_point before = start;
  std::int64_t tokens_before = 0;
  double tokens_per_s = 0;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (true) {
    never.wait_for(lock, stop, interval, [] { return false; });
    const Clock::time_point now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - before).count();
    const std::int64_t tokens = progress_.tokens;
    if (seconds > 0) {
      const double latest = static_cast<double>(tokens - tokens_before) / seconds;
      // A live view is read at a glance: smooth it over about two seconds.
      tokens_per_s = style_ == Style::live ? 0.9 * tokens_per_s + 0.1 * latest : latest;
    }
    before = now;
    tokens_before = tokens;
    draw(format_progress(progress_,
                         std::chrono::duration_cast<std::chrono::milliseconds>(now - start),
                         tokens_per_s));
    if (stop.stop_requested()) return;
  }
}

}  // namespace proctor::harness
