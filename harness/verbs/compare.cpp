// `proctor compare`.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <system_error>

#include "harness/comparison/sides.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"
#include "reports/comparison_report.h"

namespace proctor::harness {
namespace {

using reports::ChangeVerdict;
using reports::ComparisonReport;
using reports::RunId;

struct CompareFlags {
  std::string base{};
  std::string next{};
  std::filesystem::path base_db{};  // empty: the same as next's
  bool across = false;
  bool gate = false;
  bool strict = false;
  double alpha = 0.05;
  std::optional<double> false_alarms_a_month{};
  double nights_a_month = 30;
  std::vector<std::string> margins{};  // points, or TASK=points
  double min_coverage = 99.5;
  std::vector<std::string> by{};  // attributes to slice by
  std::string format = "table";
};

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::vector<RunId>> run_numbers(const std::string& list) {
  std::vector<RunId> runs;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    RunId run = 0;
    const auto read = std::from_chars(list.data() + begin, list.data() + end, run);
    if (read.ec != std::errc() || read.ptr != list.data() + end) {
      return Error(ErrorCode::invalid_input,
                   "\"" + list + "\": expected a run's number, or several with commas between");
    }
    if (std::find(runs.begin(), runs.end(), run) != runs.end()) {
      return Error(ErrorCode::invalid_input,
                   fmt::format("\"{}\": run {} is named twice", list, run));
    }
    runs.push_back(run);
    begin = end + 1;
  }
  return runs;
}

// Fills margin and margins. Errors: invalid_input.
Result<void> read_margins(const CompareFlags& flags, reports::ComparisonOptions& options) {
  for (const std::string& text : flags.margins) {
    const std::size_t equals = text.find('=');
    const bool of_task = equals != std::string::npos;
    const std::optional<double> value =
        number_in(std::string_view(text).substr(of_task ? equals + 1 : 0));
    if (!value || !(*value > 0 && *value <= 100)) {
      return Error(ErrorCode::invalid_input,
                   "--margin \"" + text + "\": expected points above 0 up to 100, or TASK=POINTS");
    }
    (of_task ? options.margins[text.substr(0, equals)] : options.margin) = *value / 100;
  }
  return {};
}

Result<reports::ComparisonOptions> options_of(const CompareFlags& flags) {
  reports::ComparisonOptions options;
  options.alpha = flags.false_alarms_a_month
                      ? reports::nightly_alpha(*flags.false_alarms_a_month, flags.nights_a_month)
                      : flags.alpha;
  options.coverage_gate = flags.min_coverage / 100;
  const Result<void> read = read_margins(flags, options);
  if (!read) return read.error();
  return options;
}

std::string alpha_origin(const CompareFlags& flags) {
  if (!flags.false_alarms_a_month) return "--alpha";
  return fmt::format("{:g} false alarms a month over {:g} nights", *flags.false_alarms_a_month,
                     flags.nights_a_month);
}

std::vector<std::string> warnings_about(const comparison::Side& base,
                                        const comparison::Side& next) {
  std::vector<std::string> warnings;
  for (const std::string& task : base.order) {
    if (!next.tasks.contains(task)) warnings.push_back(task + " is in base only: left out");
  }
  for (const std::string& task : next.order) {
    if (!base.tasks.contains(task)) warnings.push_back(task + " is in next only: left out");
  }
  return warnings;
}

// Also if they are spelt otherwise, or one is a link.
bool same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code missing;  // what is not there will be said when it is opened
  return one == other || std::filesystem::equivalent(one, other, missing);
}

Result<ComparisonReport> compare(const CompareFlags& flags, const std::filesystem::path& db) {
  const Result<reports::ComparisonOptions> options = options_of(flags);
  if (!options) return options.error();
  const Result<std::vector<RunId>> base_runs = run_numbers(flags.base);
  if (!base_runs) return base_runs.error().within("BASE");
  const Result<std::vector<RunId>> next_runs = run_numbers(flags.next);
  if (!next_runs) return next_runs.error().within("NEW");
  const std::filesystem::path& base_db = flags.base_db.empty() ? db : flags.base_db;
  for (const RunId run : *base_runs) {
    const bool twice = std::find(next_runs->begin(), next_runs->end(), run) != next_runs->end();
    if (!twice || !same_file(base_db, db)) continue;
    return Error(ErrorCode::invalid_input, fmt::format("run {} is on both sides", run));
  }
  const Result<comparison::Side> base = comparison::load_side(base_db, *base_runs);
  if (!base) return base.error();
  const Result<comparison::Side> next = comparison::load_side(db, *next_runs);
  if (!next) return next.error();

  const std::vector<comparison::Difference> found = comparison::differences(base->plan, next->plan);
  if (!flags.across && !comparison::alike(base->plan, next->plan, found))
    return comparison::unlike("these runs", found);
  ComparisonReport report{.base = base->about,
                          .next = next->about,
                          .options = *options,
                          .alpha_origin = alpha_origin(flags),
                          .warnings = warnings_about(*base, *next)};
  for (const comparison::Difference& difference : found)
    report.differences.push_back(difference.text);
  std::vector<reports::TaskPair> pairs;
  for (const std::string& task : base->order) {
    const auto other = next->tasks.find(task);
    if (other == next->tasks.end()) continue;
    pairs.push_back(comparison::pair_of(task, base->tasks.at(task), other->second));
  }
  if (pairs.empty()) {
    return Error(ErrorCode::invalid_input, "these runs have no task in common");
  }
  if (const Result<void> sliced = comparison::slice_pairs(base->plan, flags.by, pairs); !sliced) {
    return sliced.error();
  }
  for (const auto& [task, margin] : options->margins) {
    if (base->tasks.contains(task)) continue;
    return Error(ErrorCode::not_found, "--margin: the runs have no task \"" + task + "\"");
  }
  report.tasks = reports::compare_tasks(pairs, *options);
  return report;
}

ExitCode gate(const ComparisonReport& report, bool strict) {
  const ChangeVerdict verdict = overall(report);
  if (verdict == ChangeVerdict::regression) return kGateFailed;
  const bool incomplete =
      std::any_of(report.tasks.begin(), report.tasks.end(),
                  [](const reports::TaskComparison& task) { return task.incomplete; });
  if (incomplete) return kIncomplete;
  return strict && verdict == ChangeVerdict::inconclusive ? kGateFailed : kDone;
}

void add_flags(CLI::App& verb, CompareFlags& flags) {
  verb.add_option("base", flags.base,
                  "the run to compare with; several alike are taken together: "
                  "3,4,5")
      ->required()
      ->type_name("BASE");
  verb.add_option("new", flags.next, "the run in question, or several")
      ->required()
      ->type_name("NEW");
  verb.add_option("--base-db", flags.base_db, "the store that BASE is in, if it is another one");
  verb.add_flag("--across", flags.across,
                "compare unlike runs too: over the questions in common, saying what differs");
  verb.add_flag("--gate", flags.gate,
                "exit with 1 on a REGRESSION, 3 if samples are missing, else 0");
  verb.add_flag("--strict", flags.strict, "let the gate fail on INCONCLUSIVE too")->needs("--gate");
  auto* alpha = verb.add_option("--alpha", flags.alpha,
                                "chance that some task is called a REGRESSION when nothing changed")
                    ->check(CLI::Range(1e-6, 0.5))
                    ->capture_default_str();
  auto* budget = verb.add_option("--false-alarms-per-month", flags.false_alarms_a_month,
                                 "sets alpha from how many false alarms to put up with")
                     ->check(CLI::Range(1e-4, 1e4))
                     ->excludes(alpha);
  verb.add_option("--nights-per-month", flags.nights_a_month, "comparisons a month")
      ->check(CLI::Range(1.0, 1e4))
      ->needs(budget)
      ->capture_default_str();
  verb.add_option("--margin", flags.margins,
                  "the smallest drop that matters, in points, or TASK=POINTS for one (default: 2)")
      ->delimiter(',');
  verb.add_option("--min-coverage", flags.min_coverage,
                  "no verdict with a smaller share of samples decided, in percent")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb.add_option("--by", flags.by,
                  "the change by these attributes of questions too: difficulty, subject...")
      ->delimiter(',');
  verb.add_option("--format", flags.format, "table, markdown, json or junit")
      ->check(CLI::IsMember({"table", "markdown", "json", "junit"}))
      ->capture_default_str();
}

}  // namespace

void add_compare_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "compare",
      "two runs, paired by question: PASS, REGRESSION, IMPROVED or INCONCLUSIVE by task");
  auto flags = std::make_shared<CompareFlags>();
  add_flags(*verb, *flags);
  verb->callback([&globals, &exit_code, flags] {
    const Result<ComparisonReport> report = compare(*flags, globals.db);
    if (!report) {
      exit_code = fail(report.error());
      return;
    }
    const reports::ComparisonFormat format = globals.json
                                                 ? reports::ComparisonFormat::json
                                                 : *reports::comparison_format_named(flags->format);
    print_result(reports::format_comparison(*report, format, flags->strict));
    exit_code = flags->gate ? gate(*report, flags->strict) : kDone;
  });
}

}  // namespace proctor::harness
