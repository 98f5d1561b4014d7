// The report as people read it.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/report_parts.h"

namespace proctor::reports {
namespace {

std::string percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.1f}", 100 * share);
}

// Errors of a percentage, with the digit more that small ones need.
std::string points(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.2f}", 100 * share);
}

std::string share_of(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

// Coverage is never rounded up to 100.
std::string coverage_percent(double coverage) {
  const std::string rounded = percent(coverage);
  return coverage < 1 && rounded == "100.0" ? ">99.9" : rounded;
}

bool complete(const TaskSummary& task) { return task.coverage >= 1; }

// The metric of that name over all questions of the task, as a cell; "-" if there is none.
std::string metric_cell(const TaskSummary& task, const std::string& name) {
  for (const Metric& metric : task.metrics) {
    if (metric.name != name) continue;
    if (metric.questions == task.questions) return percent(metric.value);
    return fmt::format("{} ({}/{} q)", percent(metric.value), metric.questions, task.questions);
  }
  return "-";
}

// cons@K and pass@K for the full number of repeats: the table's columns.
std::string widest(const TaskSummary& task, std::string_view kind) {
  const std::string cell = metric_cell(task, fmt::format("{}@{}", kind, task.repeats));
  return task.repeats == 1 || cell == "-" ? "-" : fmt::format("{} (K={})", cell, task.repeats);
}

Grid scores_grid(const RunReport& report) {
  Grid grid = {{"task", "questions", "pass@1", "± (questions like these)", "± (these questions)",
                "cons@K", "pass@K", "coverage", "bounds"}};
  for (const TaskSummary& task : report.tasks) {
    grid.push_back({task.task, fmt::format("{} x {}", task.questions, task.repeats),
                    percent(task.pass_1) + (complete(task) ? "" : "*"),
                    points(task.error_questions), points(task.error_samples), widest(task, "cons"),
                    widest(task, "pass"), coverage_percent(task.coverage),
                    complete(task) ? std::string("-")
                                   : fmt::format("{} .. {}", percent(task.bound_low),
                                                 percent(task.bound_high))});
  }
  return grid;
}

std::string share_cell(const Share& share) { return share_of(share.part, share.of); }

std::string whole(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : std::string("-");
}

std::string dollars(const TaskSummary& task, std::int64_t among) {
  if (!task.cost || among == 0) return "-";
  const std::string each = fmt::format("{:.4f}", task.cost->usd / static_cast<double>(among));
  return task.cost->replies == task.replies
             ? each
             : fmt::format("{} ({}/{} replies)", each, task.cost->replies, task.replies);
}

// A figure of every task, one row. Figures that are nearly always nothing are `rare`: their row is
// there only if they are something.
struct Row {
  const char* name;
  std::string (*cell)(const TaskSummary& task);
  bool rare = false;
};

// A row a figure: they are many, and tasks are few.
constexpr Row kReplyRows[] = {
    {"replies", [](const TaskSummary& t) { return std::to_string(t.replies); }},
    {"cut at the token limit, %",
     [](const TaskSummary& t) { return share_of(t.length, t.replies); }},
    {"correct of those cut, %", [](const TaskSummary& t) { return share_cell(t.correct_cut); },
     true},
    {"correct of those finished, %",
     [](const TaskSummary& t) { return share_cell(t.correct_finished); }},
    {"withheld by a filter, %",
     [](const TaskSummary& t) { return share_of(t.content_filter, t.replies); }, true},
    {"cut as a loop, %", [](const TaskSummary& t) { return share_of(t.repetition, t.replies); },
     true},
    {"empty, %", [](const TaskSummary& t) { return share_of(t.empty, t.replies); }, true},
    {"ended nobody knows how, %",
     [](const TaskSummary& t) { return share_of(t.unknown_finish, t.replies); }, true},
    {"thinking closed, %",
     [](const TaskSummary& t) { return share_of(t.thinking_closed, t.scored); }},
    {"thinking unclosed, %",
     [](const TaskSummary& t) { return share_of(t.thinking_unclosed, t.scored); }},
    {"thinking empty, %",
     [](const TaskSummary& t) { return share_of(t.thinking_empty, t.scored); }},
    {"thinking absent, %",
     [](const TaskSummary& t) { return share_of(t.thinking_absent, t.scored); }},
    {"ends in a loop, %", [](const TaskSummary& t) { return share_cell(t.loops); }, true},
    {"partly in a foreign script, %",
     [](const TaskSummary& t) { return share_cell(t.mixes_scripts); }, true},
    {"long ones given twice, %", [](const TaskSummary& t) { return share_cell(t.duplicates); },
     true},
    {"no answer, %", [](const TaskSummary& t) { return share_of(t.no_answer, t.scored); }},
    {"undecided", [](const TaskSummary& t) { return std::to_string(t.undecided); }},
    {"ungraded", [](const TaskSummary& t) { return std::to_string(t.ungraded); }},
    {"failed", [](const TaskSummary& t) { return std::to_string(t.failed); }},
    {"not done",
     [](const TaskSummary& t) { return std::to_string(t.planned + t.in_flight + t.generated); }},
    {"tokens a reply", [](const TaskSummary& t) { return whole(t.tokens_per_reply); }},
    {"tokens a question", [](const TaskSummary& t) { return whole(t.tokens_per_question); }},
    {"tokens a correct answer", [](const TaskSummary& t) { return whole(t.tokens_per_correct); }},
    {"requests repeated", [](const TaskSummary& t) { return std::to_string(t.repeated_requests); }},
    {"from the response cache",
     [](const TaskSummary& t) {
       return t.from_cache == 0 ? std::string("-")
                                : fmt::format("{} of {}", t.from_cache, t.replies);
     },
     true},
    {"cost, $", [](const TaskSummary& t) { return dollars(t, 1); }, true},
    {"cost a question, $", [](const TaskSummary& t) { return dollars(t, t.questions); }, true},
    {"cost a correct answer, $", [](const TaskSummary& t) { return dollars(t, t.correct); }, true},
};

Grid replies_grid(const RunReport& report) {
  Grid grid = {{"samples"}};
  for (const TaskSummary& task : report.tasks) grid[0].push_back(task.task);
  for (const Row& row : kReplyRows) {
    std::vector<std::string> cells = {row.name};
    bool something = false;
    for (const TaskSummary& task : report.tasks) {
      cells.push_back(row.cell(task));
      something = something || (cells.back() != "-" && cells.back() != "0.0");
    }
    if (something || !row.rare) grid.push_back(std::move(cells));
  }
  return grid;
}

// pass@1 by the limit of tokens there could have been, a row a task; only the header if nobody
// counted tokens.
Grid budget_grid(const RunReport& report) {
  Grid grid = {{"pass@1 had the limit been", "1/8", "1/4", "1/2", "as it was", "tokens"}};
  for (const TaskSummary& task : report.tasks) {
    if (task.budgets.size() + 2 != grid[0].size()) continue;
    grid.push_back({task.task});
    for (const BudgetPoint& point : task.budgets) grid.back().push_back(percent(point.pass_1));
    grid.back().push_back(std::to_string(task.budgets.back().tokens));
  }
  return grid;
}

// A method's ratings, or only the header.
Grid rating_grid(const RunReport& report, const std::string& method) {
  Grid grid = {{fmt::format("rating ({})", method), "rating", "± (contests)", "95 %", "percentile",
                "contests", "at a cap"}};
  for (const TaskSummary& task : report.tasks) {
    if (!task.rating || task.rating->method != method) continue;
    const RatingSummary& rating = *task.rating;
    const auto integer = [](double value) {
      return std::isnan(value) ? std::string("-") : fmt::format("{:.0f}", value);
    };
    grid.push_back({task.task, integer(rating.rating), integer(rating.error),
                    std::isnan(rating.interval_low)
                        ? std::string("-")
                        : integer(rating.interval_low) + " .. " + integer(rating.interval_high),
                    rating.percentile ? fmt::format("{:.1f}", *rating.percentile) : "-",
                    std::to_string(rating.contests), std::to_string(rating.at_cap)});
  }
  return grid;
}

Grid breakdown_grid(const RunReport& report, const std::string& attribute) {
  Grid grid = {{attribute, "task", "questions", "pass@1", "± (questions like these)", "coverage"}};
  for (const TaskSummary& task : report.tasks) {
    const Breakdown* breakdown = breakdown_by(task, attribute);
    if (breakdown == nullptr) continue;
    for (const Part& part : breakdown->parts) {
      grid.push_back({part.value, task.task, std::to_string(part.questions),
                      percent(part.pass_1) + (part.coverage >= 1 ? "" : "*"),
                      points(part.error_questions), coverage_percent(part.coverage)});
    }
  }
  return grid;
}

std::string headline(const RunReport& report) {
  std::string line = fmt::format("run {}: {}", report.info.id, report.model);
  if (!report.endpoint.empty()) line += " at " + report.endpoint;
  line += fmt::format(", seed {}, fingerprint {}, {} ({})", report.seed,
                      report.fingerprint.substr(0, 12), report.info.created_at,
                      name_of(report.info.status));
  return line;
}

std::string notes(const RunReport& report) {
  std::string text;
  const bool partial = !std::all_of(report.tasks.begin(), report.tasks.end(), complete);
  if (partial) {
    text +=
        "* over the samples decided so far; bounds: all the others wrong .. all the others right\n";
  }
  const auto priced = std::count_if(report.tasks.begin(), report.tasks.end(),
                                    [](const TaskSummary& task) { return task.cost.has_value(); });
  if (priced > 1) {
    text += fmt::format("the tasks together cost {:.4f} dollars\n", total_cost(report)->usd);
  }
  for (const std::string& remark : report.canary_remarks) {
    text += fmt::format("canary, before the run: {}\n", remark);
  }
  for (const TaskSummary& task : report.tasks) {
    if (task.cut_without_thinking > 0 && task.thinking_closed > 0) {
      text += fmt::format(
          "{}: {} replies were cut without any thinking tag while others think; if the chat "
          "template "
          "writes <think> itself, run with --think-prefilled, or drafts are graded as answers\n",
          task.task, task.cut_without_thinking);
    }
    if (task.duplicates.part > 0) {
      text += fmt::format(
          "{}: {} of {} long replies are word for word another sample's of the same question; if "
          "the temperature is above 0, the server may not heed the seed, or answers from a cache\n",
          task.task, task.duplicates.part, task.duplicates.of);
    }
    if (task.rating) {
      text += fmt::format("{}: {}{}\n", task.task, task.rating->label,
                          task.rating->percentile ? "; percentile of " + task.rating->percentile_of
                                                  : std::string());
    }
    for (const auto& [reason, count] : task.reasons) {
      text += fmt::format("{}: {} x {}\n", task.task, count, reason);
    }
  }
  return text;
}

constexpr std::string_view kPercents = "percent; ± is one standard error; tasks by protocol: ";

std::string protocols_line(const RunReport& report) {
  std::string line(kPercents);
  for (std::size_t i = 0; i < report.tasks.size(); ++i) {
    const TaskSummary& task = report.tasks[i];
    line += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", task.task, task.protocol, task.grader);
  }
  return line;
}

// Every line of the text behind the pen's mark.
std::string commented(const Pen& pen, const std::string& text) {
  std::string lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.append(pen.comment).append(text, begin, end - begin);
    begin = end;
  }
  return lines;
}

}  // namespace

std::string format_text(const RunReport& report, const Pen& pen, std::span<const std::string> by) {
  const std::string notices = notes(report);
  std::string text = commented(pen, headline(report) + "\n");
  const auto add = [&](const Grid& grid) {
    if (grid.size() > 1) text += "\n" + pen.draw(grid);
  };
  add(scores_grid(report));
  for (const std::string& attribute : by) add(breakdown_grid(report, attribute));
  std::set<std::string> methods;
  for (const TaskSummary& task : report.tasks) {
    if (task.rating) methods.insert(task.rating->method);
  }
  for (const std::string& method : methods) add(rating_grid(report, method));
  add(replies_grid(report));
  add(budget_grid(report));
  text += "\n" + commented(pen, protocols_line(report) + "\n");
  return notices.empty() ? text : text + "\n" + commented(pen, notices);
}

}  // namespace proctor::reports
