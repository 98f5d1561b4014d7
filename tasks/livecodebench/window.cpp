#include "tasks/livecodebench/window.h"

#include <algorithm>

namespace proctor::tasks::livecodebench {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

constexpr Date kEarliest{year(0), month(1), day(1)};
constexpr Date kLatest{year(9999), month(12), day(31)};

constexpr std::size_t kMonthSize = 7;  // of "2024-08"
constexpr std::size_t kDaySize = 10;   // of "2024-08-03"

// The number that all of `text` is; nothing if a character is no digit.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

std::optional<std::chrono::year_month> parse_month(std::string_view text) {
  if (text.size() != kMonthSize || text[4] != '-') return std::nullopt;
  const std::optional<int> years = digits(text.substr(0, 4));
  const std::optional<int> months = digits(text.substr(5));
  if (!years || !months) return std::nullopt;
  const std::chrono::year_month value(year(*years), month(static_cast<unsigned>(*months)));
  return value.ok() ? std::optional(value) : std::nullopt;
}

std::optional<Date> parse_day(std::string_view text) {
  if (text.size() != kDaySize || text[kMonthSize] != '-') return std::nullopt;
  const std::optional<std::chrono::year_month> months = parse_month(text.substr(0, kMonthSize));
  const std::optional<int> days = digits(text.substr(kMonthSize + 1));
  if (!months || !days) return std::nullopt;
  const Date date = *months / day(static_cast<unsigned>(*days));
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::string padded(unsigned value, std::size_t digits) {
  std::string text = std::to_string(value);
  text.insert(0, digits - std::min(digits, text.size()), '0');
  return text;
}

std::string format_date(const Date& date) {
  return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" +
         padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2);
}

Error bad_window(std::string_view text, std::string_view why) {
  return Error(ErrorCode::invalid_input,
               "window \"" + std::string(text) + "\": " + std::string(why));
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() > kDaySize && text[kDaySize] == 'T') text = text.substr(0, kDaySize);
  return parse_day(text);
}

Result<Window> parse_window(std::string_view text) {
  constexpr std::string_view kGap = "..";
  const std::size_t gap = text.find(kGap);
  const std::string_view first = text.substr(0, gap);
  const std::string_view last =
      gap == std::string_view::npos ? std::string_view() : text.substr(gap + kGap.size());
  Window window{kEarliest, kLatest};
  bool read = gap != std::string_view::npos && text != kGap;
  if (const auto months = parse_month(first)) {
    window.first = *months / day(1);
  } else if (const auto date = parse_day(first)) {
    window.first = *date;
  } else {
    read = read && first.empty();
  }
  if (const auto months = parse_month(last)) {
    window.last = *months / std::chrono::last;
  } else if (const auto date = parse_day(last)) {
    window.last = *date;
  } else {
    read = read && last.empty();
  }
  if (!read) {
    return bad_window(text,
                      "expected FIRST..LAST, each as 2024-08 or 2024-08-03, the last one included");
  }
  if (window.last < window.first) return bad_window(text, "it ends before it begins");
  return window;
}

std::string name_of(const Window& window) {
  return (window.first == kEarliest ? "" : format_date(window.first)) + ".." +
         (window.last == kLatest ? "" : format_date(window.last));
}

}  // namespace proctor::tasks::livecodebench
