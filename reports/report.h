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

// A rating as of contests (graders/rating). Ratings of different methods are different quantities
// and never share a column.
struct RatingSummary {
  std::string label;   // tests, contests, attempts and language that it is from
  std::string method;  // "rank", "codeelo", "likelihood"
  double rating = 0;
  double error = 0;         // standard error over contests; NaN for a single one
  double interval_low = 0;  // 95 %, from resampled contests
  double interval_high = 0;
  std::optional<double> percentile{};  // from 0 to 100
  std::string percentile_of{};         // of which users
  int contests = 0;
  int at_cap = 0;  // contests whose rating is a bound and no estimate
};

// pass@1 as it would be at a lower limit of tokens: what is correct counts if the answer was out
// within the limit. A reply's bytes are taken to be as many to each of its tokens.
struct BudgetPoint {
  std::int64_t tokens = 0;
  double pass_1 = 0;
  double error_questions = 0;
};

// A share among the replies that it can be told of.
struct Share {
  std::int64_t part = 0;
  std::int64_t of = 0;
};

// What a task's replies cost this run, by a table of prices.
struct Cost {
  double usd = 0;
  // Whose tokens are known, or that came from the response cache; the others are not in it.
  std::int64_t replies = 0;
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
  std::int64_t from_cache = 0;  // paid for earlier, and kept (--response-cache)
  std::int64_t stop = 0;
  std::int64_t length = 0;
  std::int64_t content_filter = 0;
  std::int64_t empty = 0;
  std::int64_t repetition = 0;
  std::int64_t unknown_finish = 0;
  std::int64_t thinking_closed = 0;
  std::int64_t thinking_unclosed = 0;
  std::int64_t thinking_empty = 0;
  std::int64_t thinking_absent = 0;
  // Cut at the limit with no trace of thinking. Where other replies think, their opening tag was
  // probably in the prompt, and what was graded is unfinished thinking.
  std::int64_t cut_without_thinking = 0;

  Share correct_finished;  // of the decided replies that the model ended itself, those correct
  Share correct_cut;       // of those cut at the token limit
  Share loops;             // replies that end in ever the same words
  Share mixes_scripts;     // replies with a script in them that their question has not
  Share duplicates;        // long replies that another sample of the question has word for word

  std::optional<double> tokens_per_reply;  // unset if the server counted none
  // Unset unless the tokens of every reply are known.
  std::optional<double> tokens_per_question;
  std::optional<double> tokens_per_correct;
  // Ascending, up to the run's own limit; none unless the tokens of every correct reply are known.
  std::vector<BudgetPoint> budgets;
  std::optional<Cost> cost;  // set if the model has a price
  std::optional<RatingSummary> rating;
  std::int64_t repeated_requests = 0;  // attempts beyond the first of each sample

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
  // What was odd about the endpoint when it was examined before the run, a line each.
  std::vector<std::string> canary_remarks{};
};

enum class ReportFormat { table, markdown, csv, json, latex, junit };
std::optional<ReportFormat> report_format_named(std::string_view name);

// What a run's tasks cost together; nothing if none has a price.
std::optional<Cost> total_cost(const RunReport& report);

// The report as text that ends with a line break. `by` names the breakdowns to print, for the tasks
// that have them; JSON has all of them whatever it says.
std::string format_report(const RunReport& report, ReportFormat format,
                          std::span<const std::string> by = {});

// The runs of a store, one a row; junit as table.
std::string format_runs(const std::vector<RunInfo>& runs, ReportFormat format);

}  // namespace proctor::reports
