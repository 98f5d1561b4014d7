#include "graders/code/line_comparison.h"

#include <algorithm>
#include <vector>

#include "graders/code/decimal.h"
#include "graders/code/excerpt.h"
#include "graders/code/python_text.h"

namespace proctor::graders::code {
namespace {

std::string_view without_last_line_feed(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// The words of a line as decimals; nothing if one of them is none.
std::optional<std::vector<Decimal>> decimals_of(std::string_view line) {
  std::vector<Decimal> decimals;
  for (const std::string_view word : split_words(line)) {
    std::optional<Decimal> decimal = parse_decimal(word);
    if (!decimal) return std::nullopt;
    decimals.push_back(std::move(*decimal));
  }
  return decimals;
}

bool same_line(std::string_view expected, std::string_view actual) {
  if (expected == actual) return true;
  const auto left = decimals_of(expected);
  if (!left) return false;
  const auto right = decimals_of(actual);
  if (!right) return false;
  return std::equal(left->begin(), left->end(), right->begin(), right->end(),
                    [](const Decimal& a, const Decimal& b) { return equal(a, b); });
}

}  // namespace

std::optional<std::string> exact_difference(std::string_view expected, std::string_view actual) {
  expected = without_last_line_feed(expected);
  actual = without_last_line_feed(actual);
  if (expected == actual) return std::nullopt;
  const std::vector<std::string_view> left = split_lines(expected);
  const std::vector<std::string_view> right = split_lines(actual);
  const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (at == left.end() || other == right.end()) {
    return wrong_count("lines", left.size(), right.size());
  }
  return mismatch("line", static_cast<std::size_t>(at - left.begin()), *at, *other);
}

std::optional<std::string> lcb_difference(std::string_view expected, std::string_view actual) {
  const std::vector<std::string_view> left = split_lines(strip(expected));
  const std::vector<std::string_view> right = split_lines(strip(actual));
  if (left.size() != right.size()) return wrong_count("lines", left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::string_view wanted = strip(left[i]);
    const std::string_view found = strip(right[i]);
    if (!same_line(wanted, found)) return mismatch("line", i, wanted, found);
  }
  return std::nullopt;
}

}  // namespace proctor::graders::code
