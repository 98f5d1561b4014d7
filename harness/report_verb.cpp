// `proctor report`.
#include <set>

#include "harness/console.h"
#include "harness/exit_code.h"
#include "harness/summary.h"
#include "harness/verbs.h"

namespace proctor::harness {
namespace {

Result<reports::RunId> newest_run(reports::Store& store, const Globals& globals) {
  const Result<std::vector<reports::RunInfo>> runs = store.runs();
  if (!runs) return runs.error();
  if (runs->empty()) {
    return Error(ErrorCode::not_found, globals.db.string() + ": holds no run yet");
  }
  return runs->back().id;
}

// Errors: not_found, for an attribute that no task is broken down by.
Result<void> check_attributes(const reports::RunReport& report,
                              const std::vector<std::string>& by) {
  std::set<std::string> known;
  for (const reports::TaskSummary& task : report.tasks) {
    for (const reports::Breakdown& breakdown : task.breakdowns) known.insert(breakdown.attribute);
  }
  for (const std::string& attribute : by) {
    if (known.contains(attribute)) continue;
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    return Error(ErrorCode::not_found, "--by: no task is broken down by \"" + attribute +
                                           "\"; there are: " + (names.empty() ? "none" : names));
  }
  return {};
}

Result<void> print_report(const Globals& globals, std::optional<reports::RunId> run,
                          reports::ReportFormat format, const std::vector<std::string>& by) {
  Result<reports::Store> store = reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  const Result<reports::RunId> id =
      run ? Result<reports::RunId>(*run) : newest_run(*store, globals);
  if (!id) return id.error();
  const Result<reports::RunReport> report = summarize(*store, *id);
  if (!report) return report.error();
  const Result<void> known = check_attributes(*report, by);
  if (!known) return known.error();
  print_result(reports::format_report(*report, format, by));
  return {};
}

Result<void> print_runs(const Globals& globals, reports::ReportFormat format) {
  Result<reports::Store> store = reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  const Result<std::vector<reports::RunInfo>> runs = store->runs();
  if (!runs) return runs.error();
  print_result(reports::format_runs(*runs, format));
  return {};
}

}  // namespace

void add_report_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "report", "one run: pass@1 with both errors, pass@k, cons@k, coverage, thinking");
  auto run = std::make_shared<std::optional<reports::RunId>>();
  auto format = std::make_shared<std::string>("table");
  verb->add_option("run", *run, "the run's number (default: the newest)");
  auto list = std::make_shared<bool>(false);
  verb->add_flag("--list", *list, "list the store's runs instead");
  verb->add_option("--format", *format, "table, markdown, csv or json")
      ->check(CLI::IsMember({"table", "markdown", "csv", "json"}))
      ->capture_default_str();
  auto by = std::make_shared<std::vector<std::string>>();
  verb->add_option("--by", *by, "pass@1 by these attributes too: difficulty, platform, subject...")
      ->delimiter(',');
  verb->callback([&globals, &exit_code, run, list, format, by] {
    const reports::ReportFormat wanted =
        globals.json ? reports::ReportFormat::json : *reports::report_format_named(*format);
    const Result<void> printed =
        *list ? print_runs(globals, wanted) : print_report(globals, *run, wanted, *by);
    exit_code = printed ? kDone : fail(printed.error());
  });
}

}  // namespace proctor::harness
