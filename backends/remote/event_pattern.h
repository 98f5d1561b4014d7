// The events of a stream are alike to the byte but for their text. Knowing one, the next is read by
// comparing what stands before and behind.
//
// That is exact: a string ends at its first bare quote, so if an event has the known one's bytes
// around a sound JSON text, it is the same document with another text in this place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backends/remote/json_text.h"

namespace proctor::backends {

class EventPattern {
 public:
  // Keeps what surrounds `text`, a view into `event`: the inside of a string of this JSON document.
  void learn(std::string_view event, std::string_view text);

  // The text of an event that is like the known one; nothing if it is not.
  std::optional<JsonText> text_of(std::string_view event) const {
    if (before_.empty() || event.size() < before_.size() + behind_.size() ||
        !event.starts_with(before_) || !event.ends_with(behind_)) {
      return std::nullopt;
    }
    event.remove_prefix(before_.size());
    event.remove_suffix(behind_.size());
    const JsonText text = json_text_at(event);
    if (!text.sound || text.raw.size() != event.size()) return std::nullopt;
    return text;
  }

 private:
  std::string before_;  // up to the text's opening quote, or empty
  std::string behind_;  // from its closing quote on
};

}  // namespace proctor::backends
