#include "harness/spending/spent.h"

#include <fmt/core.h>

#include <algorithm>

namespace proctor::harness::spending {
namespace {

std::string costs(const reports::RunReport& report, const reports::Cost& total) {
  std::string text = fmt::format("proctor: {:.4f} dollars: ", total.usd);
  std::int64_t replies = 0, kept = 0, correct = 0;
  for (const reports::TaskSummary& task : report.tasks) {
    replies += task.replies;
    kept += task.from_cache;
    correct += task.correct;
    if (!task.cost) continue;
    text += fmt::format("{} {:.4f}, ", task.task, task.cost->usd);
  }
  text += correct > 0
              ? fmt::format("{:.4f} a correct answer", total.usd / static_cast<double>(correct))
              : std::string("no correct answer");
  if (total.replies < replies) {
    text += fmt::format("; not in it: replies whose tokens nobody counted, {}",
                        replies - total.replies);
  }
  if (kept > 0) {
    text += fmt::format("; {} of {} replies were paid for earlier", kept, replies);
  }
  return text + "\n";
}

}  // namespace

std::string describe_spending(const reports::RunReport& report, const Spending* budget, bool paid) {
  std::string text;
  if (const std::optional<reports::Cost> total = reports::total_cost(report)) {
    text = costs(report, *total);
  } else if (paid) {
    text = fmt::format(
        "proctor: what this cost is not known: {} has no price; name it in a file "
        "for --prices\n",
        report.model);
  }
  if (budget == nullptr) return text;
  return text + fmt::format("proctor: {:.4f} of {:.4f} dollars of the budget are left\n",
                            std::max(0.0, budget->budget() - budget->spent()), budget->budget());
}

}  // namespace proctor::harness::spending
