// One run as people and programs read it: a summary of each task, as a table, Markdown, CSV or
// JSON. Pure: values in, text out. The values are computed by the harness from the store alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::reports {

// A figure with a name of the field: "cons@64", "pass@8". NaN where it is not defined, for example
// for want of samples; `questions` says over how many it was.
struct Metric {
  std::string name;
  double value = 0;
  std::int64_t questions = 0;
};

// pass@1 over the questions that share a value of an attribute.
struct Part {
  std::string value;  // "hard"
  std::int64_t questions = 0;
  std::int64_t samples = 0;  // with a decided score
  double pass_1 = 0;
  double error_questions = 0;
  double coverage = 0;
};

// The questions of a task by an attribute of theirs: "difficulty", "subject".
struct Breakdown {
  std::string attribute;
  std::vector<Part> parts;  // by value
};

struct TaskSummary {
  std::string task;
  std::string protocol;
  std::string grader;
  std::int64_t questions = 0;
  int repeats = 0;

  // The grid by state; they add up to questions x repeats.
  std::int64_t planned = 0;
  std::int64_t in_flight = 0;
  std::int64_t generated = 0;
  std::int64_t scored = 0;
  std::int64_t ungraded = 0;
  std::int64_t failed = 0;

  // The scored samples by verdict.
  std::int64_t correct = 0;
  std::int64_t wrong = 0;
  std::int64_t no_answer = 0;
  std::int64_t undecided = 0;

  // pass@1 is the mean over questions of the share of their decided samples that are correct. Its
  // two errors answer two questions; NaN where they are not defined.
  double pass_1 = 0;
  double error_questions = 0;   // how far off on other questions like these
  double error_samples = 0;     // how far off on these questions, with other samples
  double interval_low = 0;      // 95 % for questions like these: Student's t over questions, or
  double interval_high = 0;     // Wilson's for a single sample of each
  double coverage = 0;          // share of the grid with a decided score
  double bound_low = 0;         // pass@1 if all undecided and missing samples were wrong
  double bound_high = 0;        // if all were right
  std::vector<Metric> metrics;  // pass@k and cons@k
  std::vector<Breakdown> breakdowns;

  // The replies by how they ended and by the state of their thinking.
  std::int64_t replies = 0;
  std::int64_t stop = 0;
  std::int64_t length = 0;
  std::int64_t content_filter = 0;
  std::int64_t empty = 0;
  std::int64_t repetition = 0;
  std::int64_t thinking_closed = 0;
  std::int64_t thinking_unclosed = 0;
  std::int64_t thinking_empty = 0;
  std::int64_t thinking_absent = 0;
  // Cut at the limit with no trace of thinking. Where other replies think, their opening tag was
  // probably in the prompt, and what was graded is unfinished thinking.
  std::int64_t cut_without_thinking = 0;

  std::optional<double> tokens_per_reply;  // unset if the server counted none
  std::int64_t repeated_requests = 0;      // attempts beyond the first of each sample

  // Why samples failed or stay ungraded, and how often.
  std::map<std::string, std::int64_t> reasons;
};

struct RunReport {
  RunInfo info;
  std::string model;
  std::string endpoint;
  std::uint64_t seed = 0;
  std::string fingerprint;
  std::string version;
  std::vector<TaskSummary> tasks;
};

enum class ReportFormat { table, markdown, csv, json };
std::optional<ReportFormat> report_format_named(std::string_view name);

// The report as text that ends with a line break. `by` names the breakdowns to print, for the tasks
// that have them; JSON has all of them whatever it says.
std::string format_report(const RunReport& report, ReportFormat format,
                          std::span<const std::string> by = {});

// The runs of a store, one a row.
std::string format_runs(const std::vector<RunInfo>& runs, ReportFormat format);

}  // namespace proctor::reports
