#include "graders/math/box_attachment.h"

#include <algorithm>
#include <initializer_list>

#include "graders/math/expression/units.h"
#include "graders/math/latex.h"
#include "graders/math/skip.h"

namespace proctor::graders::math {
namespace {

void skip_layout(std::string_view& text) {
  while (skip_any(text, {" ", "$", "\\)", "\\,", "\\ ", "\\;", "\\!", "~", "{}"})) {
  }
}

std::string_view word_at(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_letter);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// What `skip_part` takes off the front of `rest`, as it is written; empty if it refuses.
template <class Skip>
std::string_view taken(std::string_view rest, Skip skip_part) {
  const std::string_view whole = rest;
  return skip_part(rest) ? whole.substr(0, whole.size() - rest.size()) : std::string_view();
}

bool skip_exponent(std::string_view& text) {
  if (!skip(text, "^")) return false;
  const std::size_t length = text.starts_with('{') ? text.find('}') + 1 : 1;
  if (length == 0 || length > text.size()) return false;
  text.remove_prefix(length);
  return true;
}

// \times 10^{3}
bool skip_power_of_ten(std::string_view& text) {
  if (!skip_any(text, {"\\times", "\\cdot", "×"})) return false;
  skip_layout(text);
  return skip(text, "10") && skip_exponent(text);
}

// \text{ cm}^2
bool skip_set_unit(std::string_view& text) {
  if (!skip_any(text, {"\\text{", "\\mathrm{", "\\mbox{", "\\textrm{"})) return false;
  skip_layout(text);
  if (!is_plain_unit(word_at(text)) || text.find('}') == std::string_view::npos) return false;
  text.remove_prefix(text.find('}') + 1);
  skip_exponent(text);
  return true;
}

// "square feet", "miles per hour"
bool skip_plain_unit(std::string_view& text) {
  skip_any(text, {"square ", "cubic "});
  const std::string_view unit = word_at(text);
  if (!is_plain_unit(unit)) return false;
  text.remove_prefix(unit.size());
  std::string_view divisor = text;
  if (skip(divisor, " per ") && is_plain_unit(word_at(divisor))) {
    divisor.remove_prefix(word_at(divisor).size());
    text = divisor;
  }
  return true;
}

}  // namespace

Attachment box_attachment(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  const std::string_view near = text.substr(0, kLongest);
  std::string_view rest = near;
  skip_layout(rest);
  const std::size_t layout = near.size() - rest.size();

  if (const auto sign = taken(rest,
                              [](std::string_view& at) {
                                return skip_any(at, {"\\%", "%", "percent", "per cent", "pct"});
                              });
      !sign.empty()) {
    return {layout + sign.size(), "\\%"};
  }
  if (const auto sign = taken(rest,
                              [](std::string_view& at) {
                                return skip_any(at, {"^\\circ", "^{\\circ}", "°"});
                              });
      !sign.empty()) {
    return {layout + sign.size(), "^\\circ"};
  }
  for (const auto skip_as_written : {skip_power_of_ten, skip_set_unit}) {
    const std::string_view written = taken(rest, skip_as_written);
    if (!written.empty()) return {layout + written.size(), std::string(written)};
  }
  const std::string_view unit = taken(rest, skip_plain_unit);
  if (!unit.empty()) return {layout + unit.size(), "\\text{ " + std::string(unit) + "}"};
  return {};
}

}  // namespace proctor::graders::math
