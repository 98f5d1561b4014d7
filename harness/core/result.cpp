#include "harness/core/result.h"

namespace proctor {

Error Error::within(std::string_view place) const {
  std::string message(place);
  message += ": ";
  message += message_;
  return Error(code_, std::move(message));
}

}  // namespace proctor
