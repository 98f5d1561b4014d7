#include "tests/reports/gate_simulation.h"

#include <algorithm>
#include <cmath>

namespace proctor::reports {

// Beta(0.56, 0.46) by Johnk's method (1964), which is quick for such small parameters.
GateSimulation::Chances GateSimulation::draw_chances() {
  Chances chances;
  while (static_cast<int>(chances.size()) < night_.questions) {
    const double x = std::pow(fraction(), 1 / 0.56);
    const double y = std::pow(fraction(), 1 / 0.46);
    if (x + y > 0 && x + y <= 1) chances.push_back(x / (x + y));
  }
  return chances;
}

std::vector<QuestionScores> GateSimulation::run(const Chances& chances) {
  std::vector<QuestionScores> questions;
  for (const double chance : chances) {
    int correct = 0;
    for (int i = 0; i < night_.samples; ++i) correct += fraction() < chance ? 1 : 0;
    questions.push_back(question_scores(correct, night_.samples, night_.samples));
  }
  return questions;
}

std::vector<TaskPair> GateSimulation::pairs(const std::vector<Chances>& tasks) {
  std::vector<TaskPair> pairs;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    TaskPair pair{.task = "task" + std::to_string(t)};
    for (int q = 0; q < night_.questions; ++q) pair.questions.push_back(std::to_string(q));
    pair.base = run(chances_[t]);
    pair.next = run(tasks[t]);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

std::vector<TaskComparison> GateSimulation::unchanged() {
  chances_.clear();
  for (int t = 0; t < night_.tasks; ++t) chances_.push_back(draw_chances());
  return compare_tasks(pairs(chances_), night_.options);
}

std::vector<TaskComparison> GateSimulation::after_detectable_drop() {
  const double drop = unchanged().front().detectable;
  std::vector<Chances> fallen = chances_;
  double mean = 0;
  for (const double chance : chances_[0]) mean += chance / night_.questions;
  for (double& chance : fallen[0]) chance *= 1 - drop / mean;
  return compare_tasks(pairs(fallen), night_.options);
}

bool alarm(const std::vector<TaskComparison>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const TaskComparison& task) {
    return task.verdict == ChangeVerdict::regression;
  });
}

}  // namespace proctor::reports
