// What DeepSeek reported for its R1 paper: rows to hold measured ones against, never measured here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace proctor::reports {

struct PublishedRow {
  std::string_view model;
  // Shares in percent as printed; unset where the table has a dash.
  std::optional<double> aime24;
  std::optional<double> aime24_cons64;
  std::optional<double> math500;
  std::optional<double> gpqa;
  std::optional<double> livecodebench;
  std::optional<double> codeforces;  // rating, by a method that is described but not released
  std::string_view note = {};
};

// In the order of the table.
std::span<const PublishedRow> published_r1();

// Where the figures stand, and what is known to be odd about them.
std::string_view published_r1_source();

}  // namespace proctor::reports
