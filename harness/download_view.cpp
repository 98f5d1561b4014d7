#include "harness/download_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "harness/console.h"

namespace proctor::harness {
namespace {

std::string amount(double bytes) {
  constexpr double kUnit = 1024;
  if (bytes < kUnit * kUnit) return fmt::format("{:.0f} KiB", bytes / kUnit);
  if (bytes < kUnit * kUnit * kUnit) return fmt::format("{:.1f} MiB", bytes / kUnit / kUnit);
  return fmt::format("{:.2f} GiB", bytes / kUnit / kUnit / kUnit);
}

}  // namespace

std::string format_download(const std::string& name, std::int64_t here, std::int64_t of,
                            double bytes_per_s) {
  std::string text = fmt::format("{}: {}", name, amount(static_cast<double>(here)));
  if (of > 0) {
    text += fmt::format(" of {} ({}%)", amount(static_cast<double>(of)), 100 * here / of);
  }
  return text + fmt::format(", {}/s", amount(bytes_per_s));
}

DownloadView::DownloadView(std::string name, ProgressView::Style style)
    : name_(std::move(name)),
      style_(style),
      thread_([this](std::stop_token stop) { show(std::move(stop)); }) {}

DownloadView::~DownloadView() {
  thread_.request_stop();
  thread_.join();
  if (drawn_ && style_ == ProgressView::Style::live) say("\r\x1b[K");
}

void DownloadView::draw(const std::string& text) {
  drawn_ = true;
  say(style_ == ProgressView::Style::live ? fmt::format("\r{}\x1b[K", text)
                                          : fmt::format("proctor: {}\n", text));
}

void DownloadView::show(std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  if (style_ == ProgressView::Style::none) return;
  const auto interval = style_ == ProgressView::Style::live ? std::chrono::milliseconds(200)
                                                            : std::chrono::milliseconds(10'000);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  Clock::time_point before = Clock::now();
  std::int64_t here_before = 0;
  double speed = 0;
  while (true) {
    never.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested()) return;
    const Clock::time_point now = Clock::now();
    const std::int64_t here = here_;
    const double latest = static_cast<double>(std::max<std::int64_t>(here - here_before, 0)) /
                          std::chrono::duration<double>(now - before).count();
    speed = style_ == ProgressView::Style::live ? 0.9 * speed + 0.1 * latest : latest;
    before = now;
    here_before = here;
    draw(format_download(name_, here, expected_, speed));
  }
}

}  // namespace proctor::harness
