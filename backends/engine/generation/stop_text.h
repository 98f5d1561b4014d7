// Stop strings over text that arrives in pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proctor::engine {

// Used by one thread.
class StopText {
 public:
  // Empty strings are no stop.
  explicit StopText(std::vector<std::string> stops);

  // Takes the next piece and returns what may be shown of all so far and was not yet: what could
  // still become a stop string is held back. Once one is complete (of several that end together, the
  // longest counts), the text before it is all there is; nothing may be pushed any more.
  std::string push(std::string_view piece);
  // What was held back, when no more comes.
  std::string flush();

  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace proctor::engine
