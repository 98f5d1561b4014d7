// Is the gate as often wrong as it says? Nights of AIME-like data from known chances:
// gate_calibration [NIGHTS] (2,000 unless said otherwise; a minute or two).
//
// Prints, for several budgets of false alarms: the share of nights without any change on which some
// task was called a regression, beside the alpha it must stay within; and the share of drops of the
// printed size that were found, beside the power promised.
#include <fmt/core.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "tests/reports/gate_simulation.h"

namespace {

using namespace proctor::reports;

struct Setting {
  const char* name;
  int samples;
  double alpha;
  double margin;
};

constexpr Setting kSettings[] = {
    {"alpha 5 %, K = 64", 64, 0.05, 0.02},
    {"one false alarm a quarter (1/3 a month, 30 nights), K = 64", 64, 1.0 / 90, 0.02},
    {"alpha 5 %, K = 64, a margin that binds", 64, 0.05, 0.05},
    {"alpha 5 %, K = 4", 4, 0.05, 0.02},
    {"alpha 5 %, K = 1", 1, 0.05, 0.02},
};

void calibrate(const Setting& setting, int nights) {
  Night night;
  night.samples = setting.samples;
  night.options.alpha = setting.alpha;
  night.options.margin = setting.margin;
  GateSimulation null_nights(night, 1);
  int alarms = 0;
  int passes = 0;
  for (int i = 0; i < nights; ++i) {
    const std::vector<TaskComparison> tasks = null_nights.unchanged();
    alarms += alarm(tasks) ? 1 : 0;
    for (const TaskComparison& task : tasks) passes += task.verdict == ChangeVerdict::pass ? 1 : 0;
  }
  GateSimulation worse_nights(night, 2);
  int found = 0;
  int seen = 0;
  double drop = 0;
  for (int i = 0; i < nights; ++i) {
    const std::vector<TaskComparison> tasks = worse_nights.after_detectable_drop();
    if (std::isnan(tasks[0].detectable)) continue;
    ++seen;
    drop += 100 * tasks[0].detectable;
    found += tasks[0].verdict == ChangeVerdict::regression ? 1 : 0;
  }
  fmt::print(
      "{}\n  false alarms: {:.4f} of nights (budget {:.4f}); unchanged tasks that pass: "
      "{:.3f}\n  found: {:.3f} of drops by the smallest one seen, {:.2f} points on average "
      "(promised {:.3f})\n",
      setting.name, static_cast<double>(alarms) / nights, setting.alpha,
      static_cast<double>(passes) / (nights * night.tasks), static_cast<double>(found) / seen,
      drop / seen, night.options.power);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int nights = argc > 1 ? std::atoi(argv[1]) : 2'000;
  for (const Setting& setting : kSettings) calibrate(setting, nights);
}
