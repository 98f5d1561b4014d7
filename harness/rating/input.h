// What `proctor rating` reads besides contests: outcomes of problems, and ratings of users.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"

namespace proctor::harness::rating {

// One line of DESIGN section 6: {"contest_id","index","attempts":[bool...]}.
struct ProblemAttempts {
  std::string contest;
  std::string index;
  std::vector<bool> attempts;  // whether each was accepted, in order
  std::string place;           // "outcomes.jsonl:3"
};

// Reads JSON Lines from a file, or from stdin if it is "-".
// Errors: invalid_input, as file:line: field; not_found; io.
Result<std::vector<ProblemAttempts>> load_attempts(const std::string& file);

// Reads a JSON list of the ratings of users; comes back sorted.
// Errors: invalid_input, with the file; not_found; io.
Result<std::vector<int>> load_user_ratings(const std::string& file);

}  // namespace proctor::harness::rating
