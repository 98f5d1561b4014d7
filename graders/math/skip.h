// Reading a text from its front.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace proctor::graders::math {

// Takes `what` off the front of the text, if it stands there.
inline bool skip(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

// Takes off the first of them that stands there.
inline bool skip_any(std::string_view& text, std::initializer_list<std::string_view> what) {
  return std::any_of(what.begin(), what.end(),
                     [&](std::string_view one) { return skip(text, one); });
}

}  // namespace proctor::graders::math
