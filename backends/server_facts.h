// What a server says of itself besides its replies: which program, which model, how much fits.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace proctor::backends {

struct ServerFacts {
  // Who answers, by name: {"version", "0.8.4"}. Part of a run's fingerprint.
  std::map<std::string, std::string> lasting{};
  // What the same server may say otherwise after its next start: {"system_fingerprint", "fp_1"}.
  std::map<std::string, std::string> passing{};
  // Tokens that a prompt and its reply may have together; of several servers, the fewest.
  std::optional<int> context{};
  // What a user should know: that servers which share the load are unlike, or could not be asked.
  std::vector<std::string> remarks{};

  bool operator==(const ServerFacts&) const = default;
};

}  // namespace proctor::backends
