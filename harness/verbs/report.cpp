// `proctor report`.
#include <fmt/core.h>

#include <functional>
#include <set>

#include "harness/figures/summary.h"
#include "harness/files/output_file.h"
#include "harness/page/html_report.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/chosen_run.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

constexpr const char* kHtml = "html";

struct ReportFlags {
  std::optional<reports::RunId> run;
  bool list = false;
  std::string format = "table";
  std::vector<std::string> by;
  std::optional<std::filesystem::path> out;
  std::optional<std::filesystem::path> prices;
  bool redact = false;

  bool html() const { return format == kHtml; }
};

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

using Write = std::function<void(std::string_view)>;

// Errors: what summarize() says.
Result<void> write_text(reports::Store& store, reports::RunId run, reports::ReportFormat format,
                        const ReportFlags& flags, const spending::Prices& prices,
                        const Write& write) {
  const Result<reports::RunReport> report = figures::summarize(store, run, prices);
  if (!report) return report.error();
  const Result<void> known = check_attributes(*report, flags.by);
  if (!known) return known.error();
  write(reports::format_report(*report, format, flags.by));
  return {};
}

Result<void> write_html(reports::Store& store, reports::RunId run, const Globals& globals,
                        const ReportFlags& flags, const spending::Prices& prices,
                        const Write& write) {
  const page::PageOptions options{.store = globals.db.filename().string(),
                                  .shared = true,
                                  .redacted = flags.redact,
                                  .prices = prices};
  const Result<page::HtmlReport> written = page::write_html_report(store, run, options, write);
  if (!written) return written.error();
  if (!written->with_texts) {
    say(
        fmt::format("proctor: the replies to {} samples are too many for one file and were left "
                    "out; `proctor view {} --db {}` shows them\n",
                    written->samples, run, globals.db.string()));
  }
  return {};
}

// Whoever names a file of prices wants to see costs; that there are none must not look like a zero.
Result<void> say_if_unpriced(reports::Store& store, reports::RunId run, const ReportFlags& flags,
                             const spending::Prices& prices) {
  if (!flags.prices) return {};
  const Result<RunPlan> plan = store.plan(run);
  if (!plan) return plan.error();
  if (!prices.of(*plan)) {
    say(fmt::format("proctor: {} has no price in {}\n", plan->model, flags.prices->string()));
  }
  return {};
}

Result<void> write_report(const Globals& globals, const ReportFlags& flags, const Write& write) {
  Result<reports::Store> store = reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  const std::string format = globals.json ? "json" : flags.format;
  if (flags.list) {
    const Result<std::vector<reports::RunInfo>> runs = store->runs();
    if (!runs) return runs.error();
    write(reports::format_runs(*runs, *reports::report_format_named(format)));
    return {};
  }
  const Result<reports::RunId> run = chosen_run(*store, globals.db, flags.run);
  if (!run) return run.error();
  const Result<spending::Prices> prices = spending::Prices::users(flags.prices);
  if (!prices) return prices.error();
  const Result<void> priced = say_if_unpriced(*store, *run, flags, *prices);
  if (!priced) return priced;
  if (format == kHtml) return write_html(*store, *run, globals, flags, *prices, write);
  return write_text(*store, *run, *reports::report_format_named(format), flags, *prices, write);
}

Result<void> report(const Globals& globals, const ReportFlags& flags) {
  if (!flags.out) return write_report(globals, flags, print_result);
  Result<OutputFile> file = OutputFile::create(*flags.out);
  if (!file) return file.error();
  const Result<void> written = write_report(globals, flags, [&](std::string_view text) {
    (void)std::fwrite(text.data(), 1, text.size(), file->stream());  // keep() says if it failed
  });
  if (!written) return written;
  return file->keep();
}

// What the flags ask for together must make sense.
std::string complaint_about(const ReportFlags& flags, bool json) {
  const bool html = flags.html() && !json;
  if (flags.list && html) return "--list has no page: choose another --format";
  if (flags.redact && !html) return "--redact: only --format html has texts to withhold";
  return {};
}

}  // namespace

void add_report_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "report", "one run: pass@1 with both errors, pass@k, cons@k, coverage, thinking");
  auto flags = std::make_shared<ReportFlags>();
  verb->add_option("run", flags->run, "the run's number (default: the newest)");
  verb->add_flag("--list", flags->list, "list the store's runs instead");
  verb->add_option("--format", flags->format,
                   "table, markdown, csv, json, latex, junit, or html: a page with every question "
                   "and sample, for a browser")
      ->check(CLI::IsMember({"table", "markdown", "csv", "json", "latex", "junit", kHtml}))
      ->capture_default_str();
  verb->add_option("--by", flags->by,
                   "pass@1 by these attributes too: difficulty, platform, subject...")
      ->delimiter(',');
  verb->add_option("--out", flags->out, "write to this file instead of stdout");
  verb->add_option("--prices", flags->prices,
                   "what models cost, for a column of it: "
                   "{\"models\": {NAME: {\"input\": USD per million tokens, \"output\": ...}}}");
  verb->add_flag("--redact", flags->redact,
                 "html: hashes in place of all texts (those of gated tasks are always withheld)");
  verb->callback([&globals, &exit_code, flags] {
    const std::string complaint = complaint_about(*flags, globals.json);
    const Result<void> done =
        complaint.empty() ? report(globals, *flags) : Error(ErrorCode::invalid_input, complaint);
    exit_code = done ? kDone : fail(done.error());
  });
}

}  // namespace proctor::harness
