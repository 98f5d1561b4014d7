#include "harness/hub/download_view.h"

#include <fmt/core.h>

#include <utility>

namespace proctor::harness::hub {
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

DownloadView::DownloadView(std::string name, LiveStyle style)
    : line_({.done = [this] { return here_.load(); },
             .text =
                 [this, name = std::move(name), live = style == LiveStyle::live](
                     std::chrono::milliseconds, double bytes_per_s) {
                   return (live ? "" : "proctor: ") +
                          format_download(name, here_, expected_, bytes_per_s);
                 }},
            style) {}

}  // namespace proctor::harness::hub
