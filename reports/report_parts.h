// What the forms of a report share; private to this folder.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reports/grid.h"
#include "reports/report.h"

namespace proctor::reports {

// How a form writes grids, and what begins each line of the text around them.
struct Pen {
  std::string (*draw)(const Grid& grid);
  std::string_view comment;
};

// The report for people.
std::string format_text(const RunReport& report, const Pen& pen, std::span<const std::string> by);

// A suite for each task, its figures as properties. What can fail is that nothing is missing: the
// coverage, against the gate that runs have if they name none.
std::string format_junit_report(const RunReport& report);

// The report for programs.
std::string format_json(const RunReport& report);
std::string format_csv(const RunReport& report, std::span<const std::string> by);

// The task's breakdown by that attribute; null if there is none.
const Breakdown* breakdown_by(const TaskSummary& task, const std::string& attribute);

}  // namespace proctor::reports
