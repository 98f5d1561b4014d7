#include "harness/process/live_line.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "harness/process/console.h"
#include "harness/process/environment.h"

namespace proctor::harness {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kErase = "\r\x1b[K";  // back to the line's start, and all of it away

// The columns of the terminal, so that no line wraps and the live one stays in place.
std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

LiveStyle live_style_for_stderr() {
  // A terminal that cannot erase a line, such as an editor's, says so by its name or has none.
  const std::string terminal = environment("TERM").value_or("");
  const bool erases = !terminal.empty() && terminal != "dumb";
  return erases && isatty(STDERR_FILENO) != 0 ? LiveStyle::live : LiveStyle::lines;
}

std::string_view erase_live_line() {
  return live_style_for_stderr() == LiveStyle::live ? kErase : "";
}

LiveLine::LiveLine(Work work, LiveStyle style)
    : work_(std::move(work)), style_(style), thread_([this](std::stop_token stop) {
        if (style_ != LiveStyle::none) show(std::move(stop));
      }) {}

LiveLine::~LiveLine() {
  thread_.request_stop();
  thread_.join();
  if (!drawn_ || style_ != LiveStyle::live) return;
  say(work_.stays ? "\n" : kErase);
}

void LiveLine::draw(const std::string& text) {
  drawn_ = true;
  if (style_ == LiveStyle::live) {
    // Back to the line's start, text, erase what is left of the old one.
    say(fmt::format("\r{}\x1b[K", text.substr(0, terminal_columns() - 1)));
  } else {
    say(text + "\n");
  }
}

void LiveLine::show(std::stop_token stop) {
  const milliseconds interval(style_ == LiveStyle::live ? 200 : 10'000);
  const Clock::time_point start = Clock::now();
  Clock::time_point before = start;
  std::int64_t done_before = 0;
  double per_s = 0;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (true) {
    never.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested() && !work_.stays) return;
    const Clock::time_point now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - before).count();
    const std::int64_t done = work_.done();
    if (seconds > 0) {
      // A download that begins again has less than before.
      const double latest =
          static_cast<double>(std::max<std::int64_t>(done - done_before, 0)) / seconds;
      // A live line is read at a glance: smooth it over about two seconds.
      per_s = style_ == LiveStyle::live ? 0.9 * per_s + 0.1 * latest : latest;
    }
    before = now;
    done_before = done;
    draw(work_.text(std::chrono::duration_cast<milliseconds>(now - start), per_s));
    if (stop.stop_requested()) return;
  }
}

}  // namespace proctor::harness
