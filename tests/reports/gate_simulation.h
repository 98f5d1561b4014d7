// Nights that never were: scores drawn from known chances, to see how often the gate is wrong.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "reports/comparison.h"

namespace proctor::reports {

// AIME as section 4.6 of the reference models it: chances of success by a Beta law with a mean of
// 0.55 and E[p(1-p)] = 0.125.
struct Night {
  int tasks = 4;
  int questions = 30;
  int samples = 64;
  ComparisonOptions options{};
};

class GateSimulation {
 public:
  explicit GateSimulation(const Night& night, std::uint64_t seed) : night_(night), random_(seed) {}

  // Two runs of the same chances, compared. Each call draws new questions.
  std::vector<TaskComparison> unchanged();

  // The same, and then the first task again, with every chance lowered in proportion so that their
  // mean falls by exactly what was printed as detectable. The second comparison.
  std::vector<TaskComparison> after_detectable_drop();

 private:
  using Chances = std::vector<double>;

  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  Chances draw_chances();
  std::vector<QuestionScores> run(const Chances& chances);
  std::vector<TaskPair> pairs(const std::vector<Chances>& tasks);

  const Night night_;
  std::mt19937_64 random_;
  std::vector<Chances> chances_;  // of the last night
};

// Whether any task was called a regression.
bool alarm(const std::vector<TaskComparison>& tasks);

}  // namespace proctor::reports
