// Dates of contests, and windows of them: a paper says "2024-08 to 2025-01" and means problems that
// were published then.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks::livecodebench {

using Date = std::chrono::year_month_day;

// Reads "2024-08-03", alone or before a "T" and a time of day, which is left out. Nothing for
// anything else.
std::optional<Date> parse_date(std::string_view text);

// Days from `first` to `last`, both included.
struct Window {
  Date first;
  Date last;

  bool contains(const Date& date) const { return first <= date && date <= last; }
  bool operator==(const Window&) const = default;
};

// Reads "FIRST..LAST", each a month ("2024-08", all of it) or a day ("2024-08-03"); either may be
// missing, but not both. Upstream's own option takes the last day's midnight for the end, so that a
// problem of that evening falls out of its window; here a day is a day.
// Errors: invalid_input, for anything else and for a window that ends before it begins.
Result<Window> parse_window(std::string_view text);

// "2024-08-01..2025-01-31": the same for all spellings of one window. An open end is left empty.
std::string name_of(const Window& window);

}  // namespace proctor::tasks::livecodebench
