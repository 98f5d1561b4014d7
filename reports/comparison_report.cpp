#include "reports/comparison_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "reports/comparison_json.h"
#include "reports/grid.h"
#include "reports/junit.h"

namespace proctor::reports {
namespace {

using Draw = std::string (*)(const Grid&);

std::string percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.1f}", 100 * share);
}

std::string points(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.2f}", 100 * share);
}

std::string change(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:+.2f}", 100 * share);
}

std::string range(const Interval& interval) {
  if (std::isnan(interval.low)) return "-";
  return change(interval.low) + " .. " + change(interval.high);
}

std::string chance(double p) {
  if (std::isnan(p)) return "-";
  return p >= 0.001 ? fmt::format("{:.3f}", p) : fmt::format("{:.1e}", p);
}

// Samples a question: whole where every question has as many.
std::string samples(double count) {
  const bool whole = std::fabs(count - std::round(count)) < 1e-9;
  return fmt::format("{:.{}f}", count, whole ? 0 : 1);
}

std::string samples_cell(const PairedDifference& paired) {
  const std::string base = samples(paired.base_samples);
  const std::string next = samples(paired.next_samples);
  return base == next ? base : base + " / " + next;
}

std::string needed(const std::optional<int>& count) {
  return count ? std::to_string(*count) : "no number";
}

bool compared(const TaskComparison& task) { return task.paired.questions > 0; }

Grid verdict_grid(const ComparisonReport& report) {
  Grid grid = {{"task", "questions", "samples", "base", "next", "change", "± (these questions)",
                "limits", "p of a drop", "after Holm", "verdict"}};
  for (const TaskComparison& task : report.tasks) {
    if (!compared(task)) {
      grid.push_back({task.task, "0", "-", "-", "-", "-", "-", "-", "-", "-",
                      std::string(name_of(task.verdict))});
      continue;
    }
    const std::string mark = task.base_coverage < 1 || task.next_coverage < 1 ? "*" : "";
    grid.push_back({task.task, std::to_string(task.paired.questions), samples_cell(task.paired),
                    percent(task.paired.base), percent(task.paired.next),
                    change(task.paired.difference) + mark,
                    points(task.gate_error) + (task.pooled ? " (pooled)" : ""), range(task.limits),
                    chance(task.labels.drop), chance(task.drop_adjusted),
                    std::string(name_of(task.verdict))});
  }
  return grid;
}

Grid like_these_grid(const ComparisonReport& report) {
  Grid grid = {{"task", "change", "± (questions like these)", "± unpaired", "correlation",
                "95 % (Student)", "95 % (bootstrap)", "p (signs flipped)", "McNemar"}};
  for (const TaskComparison& task : report.tasks) {
    if (!compared(task)) continue;
    const PairedDifference& paired = task.paired;
    grid.push_back(
        {task.task, change(paired.difference), points(paired.paired_error),
         points(paired.unpaired_error),
         std::isnan(paired.correlation) ? "-" : fmt::format("{:.2f}", paired.correlation),
         range(task.paired_limits), range(task.bootstrap_limits),
         fmt::format("{} ({})", chance(task.sign_flip.p), describe(task.sign_flip.draws)),
         task.mcnemar ? fmt::format("{} lost, {} won, p {}", task.mcnemar->lost, task.mcnemar->won,
                                    chance(task.mcnemar->p))
                      : "-"});
  }
  return grid;
}

Grid power_grid(const ComparisonReport& report) {
  Grid grid = {{"task", "margin", "smallest drop seen", "samples that would decide",
                "(questions like these)"}};
  for (const TaskComparison& task : report.tasks) {
    if (!compared(task)) continue;
    grid.push_back({task.task, points(task.margin),
                    std::isnan(task.detectable) ? "none" : points(task.detectable),
                    needed(task.samples_to_decide), needed(task.samples_to_decide_like_these)});
  }
  return grid;
}

std::string drift_value(const Drift& drift, double value) {
  return drift.share ? percent(value) + " %" : fmt::format("{:.1f}", value);
}

// Nothing to see where no sample has ever had it, or every sample.
bool still(const Drift& drift) {
  return drift.share && drift.difference == 0 && (drift.base == 0 || drift.base == 1);
}

Grid drift_grid(const ComparisonReport& report) {
  Grid grid = {{"drift", "task", "base", "next", "change", "±", "p after B.-H."}};
  for (const TaskComparison& task : report.tasks) {
    for (const Drift& drift : task.drifts) {
      if (still(drift)) continue;
      const double scale = drift.share ? 100 : 1;
      grid.push_back({drift.name, task.task, drift_value(drift, drift.base),
                      drift_value(drift, drift.next),
                      fmt::format("{:+.2f}", scale * drift.difference),
                      fmt::format("{:.2f}", scale * drift.error),
                      chance(drift.adjusted) + (drift.adjusted <= 0.05 ? " !" : "")});
    }
  }
  return grid;
}

Grid flip_grid(const ComparisonReport& report) {
  constexpr std::size_t kMostShown = 20;  // of a task and direction; JSON has them all
  Grid grid = {{"question", "task", "base", "next", "flip"}};
  for (const TaskComparison& task : report.tasks) {
    for (const auto* flips : {&task.lost, &task.won}) {
      const char* direction = flips == &task.lost ? "lost" : "won";
      for (std::size_t i = 0; i < std::min(flips->size(), kMostShown); ++i) {
        const Flip& flip = (*flips)[i];
        grid.push_back(
            {flip.question, task.task, percent(flip.base), percent(flip.next), direction});
      }
      if (flips->size() > kMostShown) {
        grid.push_back(
            {fmt::format("and {} more", flips->size() - kMostShown), task.task, "", "", direction});
      }
    }
  }
  return grid;
}

Grid slice_grid(const ComparisonReport& report) {
  Grid grid = {{"slice", "task", "questions", "base", "next", "change", "± (these questions)",
                "p after B.-H."}};
  for (const TaskComparison& task : report.tasks) {
    for (const SliceChange& slice : task.slices) {
      grid.push_back({slice.name, task.task, std::to_string(slice.questions), percent(slice.base),
                      percent(slice.next), change(slice.difference), points(slice.error),
                      chance(slice.adjusted) + (slice.adjusted <= 0.05 ? " !" : "")});
    }
  }
  return grid;
}

std::string describe(const ComparedRuns& runs) {
  std::string numbers;
  for (const RunId run : runs.runs) numbers += (numbers.empty() ? "" : "+") + std::to_string(run);
  return fmt::format("run {} of {}: {}, {}, fingerprint {}", numbers, runs.store, runs.model,
                     runs.created_at, runs.fingerprint.substr(0, 12));
}

std::string notes(const ComparisonReport& report) {
  const ComparisonOptions& options = report.options;
  std::string text = fmt::format(
      "points of 100; ± is one standard error. The verdict is about these questions: REGRESSION "
      "and "
      "IMPROVED by dealing out\nthe runs' samples anew within each question, after Holm at alpha "
      "{:.2g} ({}), and by the margin or more; PASS if the lower\nlimit is above minus the margin. "
      "Limits are one-sided at alpha. Smallest drop seen: the one called REGRESSION {:.0f} times "
      "in\na hundred. Samples that would decide: of each question in each run, to tell no change "
      "from a drop by the margin.\n",
      options.alpha, report.alpha_origin, 100 * options.power);
  for (const TaskComparison& task : report.tasks) {
    text += fmt::format("{}: {}: {}\n", task.task, name_of(task.verdict), task.reason);
    if (compared(task) && (task.base_coverage < 1 || task.next_coverage < 1)) {
      text += fmt::format(
          "{}: * over the samples decided so far, {:.2f} % and {:.2f} %; whatever the others would "
          "have been, the change is within {}\n",
          task.task, 100 * task.base_coverage, 100 * task.next_coverage, range(task.bounds));
    }
    if (task.only_in_base + task.only_in_next > 0) {
      text +=
          fmt::format("{}: left out: {} questions that only base asks, {} that only next asks\n",
                      task.task, task.only_in_base, task.only_in_next);
    }
  }
  return text;
}

std::string format_text(const ComparisonReport& report, Draw draw) {
  std::string text =
      fmt::format("base: {}\nnext: {}\n", describe(report.base), describe(report.next));
  for (const std::string& line : report.differences) text += "differs: " + line + "\n";
  for (const std::string& line : report.warnings) text += "warning: " + line + "\n";
  for (const Grid& grid : {verdict_grid(report), like_these_grid(report), power_grid(report),
                           slice_grid(report), flip_grid(report), drift_grid(report)}) {
    if (grid.size() > 1) text += "\n" + draw(grid);
  }
  return text + "\n" + notes(report) + fmt::format("verdict: {}\n", name_of(overall(report)));
}

JunitCase junit_case(const TaskComparison& task, bool strict) {
  JunitCase one{.name = task.task};
  one.message = fmt::format("{}: {}", name_of(task.verdict), task.reason);
  one.output = fmt::format(
      "{}: base {}, next {}, change {}, standard error on these questions {}, limits {}, "
      "margin {}, smallest drop seen {}, samples that would decide: {}",
      one.message, percent(task.paired.base), percent(task.paired.next),
      change(task.paired.difference), points(task.gate_error), range(task.limits),
      points(task.margin), points(task.detectable), needed(task.samples_to_decide));
  switch (task.verdict) {
    case ChangeVerdict::pass:
    case ChangeVerdict::improved:
      break;
    case ChangeVerdict::regression:
      one.outcome = JunitCase::Outcome::failed;
      break;
    case ChangeVerdict::inconclusive:
      one.outcome = task.incomplete ? JunitCase::Outcome::broken
                    : strict        ? JunitCase::Outcome::failed
                                    : JunitCase::Outcome::skipped;
      break;
  }
  return one;
}

std::string format_as_junit(const ComparisonReport& report, bool strict) {
  JunitSuite suite{.name = "compare"};
  suite.properties = {
      {"base", describe(report.base)},
      {"next", describe(report.next)},
      {"alpha", fmt::format("{:.6g} ({})", report.options.alpha, report.alpha_origin)}};
  for (const TaskComparison& task : report.tasks) suite.cases.push_back(junit_case(task, strict));
  const JunitSuite suites[] = {std::move(suite)};
  return format_junit("proctor", suites);
}

}  // namespace

std::optional<ComparisonFormat> comparison_format_named(std::string_view name) {
  if (name == "table") return ComparisonFormat::table;
  if (name == "markdown") return ComparisonFormat::markdown;
  if (name == "json") return ComparisonFormat::json;
  if (name == "junit") return ComparisonFormat::junit;
  return std::nullopt;
}

ChangeVerdict overall(const ComparisonReport& report) {
  for (const ChangeVerdict verdict :
       {ChangeVerdict::regression, ChangeVerdict::inconclusive, ChangeVerdict::improved}) {
    const bool any = std::any_of(report.tasks.begin(), report.tasks.end(),
                                 [&](const TaskComparison& t) { return t.verdict == verdict; });
    if (any) return verdict;
  }
  return ChangeVerdict::pass;
}

std::string format_comparison(const ComparisonReport& report, ComparisonFormat format,
                              bool strict) {
  switch (format) {
    case ComparisonFormat::table:
      return format_text(report, draw_table);
    case ComparisonFormat::markdown:
      return format_text(report, draw_markdown);
    case ComparisonFormat::json:
      return comparison_json(report);
    case ComparisonFormat::junit:
      return format_as_junit(report, strict);
  }
  return {};
}

}  // namespace proctor::reports
