// What two stored plans do not have in common: the reason why their runs may not be compared, said
// so that one can act on it. Pure.
#pragma once

#include <string>
#include <vector>

#include "harness/core/record.h"

namespace proctor::harness::comparison {

struct Difference {
  enum class Kind {
    harmless,  // the runs can be compared all the same: numbers of samples, names
    answerer,  // who was asked, and where
    recipe,    // what was asked, how, and how it was graded
  };

  Kind kind = Kind::recipe;
  std::string text;  // "aime24: sampling.temperature: 0.6 -> 1"; a changed text has several lines
};

// In the order: answerer, then task by task. Texts are shown by their lines that differ, "-" base's
// and "+" next's, with control characters escaped. Plans with unlike fingerprints may have no
// difference that this proctor can name: the answer is then empty, and the runs are still unlike.
std::vector<Difference> differences(const RunPlan& base, const RunPlan& next);

// Whether the runs measure the same thing in the same way: equal fingerprints, or differences that
// are harmless and account for the fingerprints.
bool alike(const RunPlan& base, const RunPlan& next, const std::vector<Difference>& found);

}  // namespace proctor::harness::comparison
