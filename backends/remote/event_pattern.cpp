#include "backends/remote/event_pattern.h"

#include "harness/core/check.h"

namespace proctor::backends {

void EventPattern::learn(std::string_view event, std::string_view text) {
  const auto at = static_cast<std::size_t>(text.data() - event.data());
  check(at > 0 && at + text.size() < event.size());
  before_ = event.substr(0, at);
  behind_ = event.substr(at + text.size());
}

}  // namespace proctor::backends
