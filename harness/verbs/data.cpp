// `proctor data`: where each benchmark's questions are, bringing them in, checking that they are
// still what was brought in.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/data/contests.h"
#include "harness/data/fetch.h"
#include "harness/data/holdings.h"
#include "harness/data/import.h"
#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tasks::Task;

void print_row(std::string_view task, std::string_view questions, std::string_view state,
               std::string_view hash, std::string_view schema, std::string_view source) {
  print_result(fmt::format("{:<18} {:>9}  {:<10}  {:<12}  {:<24}  {}\n", task, questions, state,
                           hash, schema, source));
}

void print_table(const fs::path& dir, const std::vector<data::Holding>& holdings) {
  print_row("task", "questions", "state", "sha256", "schema", "source");
  for (const data::Holding& holding : holdings) {
    const bool has = static_cast<bool>(holding.dataset);
    const std::optional<std::size_t> size = data::size_of(holding);
    print_row(holding.task->name, size ? std::to_string(*size) : "-", holding.state(),
              has ? holding.dataset->hash.substr(0, data::kHashPrefix) : "-",
              has ? holding.dataset->schema : "-", has ? holding.dataset->source : "-");
  }
  print_result(fmt::format("\ndata folder: {}, one TASK.jsonl each\n", dir.string()));
  for (const data::Holding& holding : holdings) {
    if (holding.missing()) {
      const std::string fetch = data::fetch_hint(*holding.task);
      print_result(fmt::format("{}: {}get it from {}, then: {}\n", holding.task->name,
                               fetch.empty() ? "" : fetch + "; or ", holding.task->source,
                               data::import_hint(*holding.task)));
    }
    if (holding.unusable()) {
      print_result(fmt::format("{}: {}\n", holding.state(), holding.dataset.error().message()));
    }
  }
}

void print_protocols() {
  for (const std::string_view protocol : tasks::protocol_names()) {
    std::string names;
    for (const std::string_view task : tasks::tasks_of(protocol)) {
      names += (names.empty() ? "" : ", ") + std::string(task);
    }
    print_result(fmt::format("protocol {}: {}\n", protocol, names));
  }
}

ExitCode list_data(const Globals& globals) {
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  std::vector<data::Holding> holdings;
  for (const Task& task : tasks::all_tasks()) holdings.push_back(data::holding_of(*dir, task));
  if (!globals.json) {
    print_table(*dir, holdings);
    print_protocols();
    data::print_contests(*dir);
    return kDone;
  }
  json out = json::array();
  for (const data::Holding& holding : holdings) out.push_back(data::to_json(holding));
  data::add_contests(*dir, out);
  print_result(indented_json(out));
  return kDone;
}

// A set whose tests are missing or damaged is so itself.
data::Holding verified_holding_of(const fs::path& dir, const Task& task) {
  data::Holding holding = data::holding_of(dir, task);
  if (!holding.dataset) return holding;
  const Result<void> tests = tasks::verify_tests(dir, task, *holding.dataset);
  if (!tests) holding.dataset = tests.error();
  return holding;
}

Result<std::vector<data::Holding>> holdings_to_verify(const fs::path& dir,
                                                      const std::vector<std::string>& names) {
  std::vector<data::Holding> holdings;
  for (const std::string& name : names) {
    if (name == data::kContestTask) continue;
    const Result<const Task*> task = tasks::task_named(name);
    if (!task) return task.error();
    holdings.push_back(verified_holding_of(dir, **task));
  }
  if (!names.empty()) return holdings;
  for (const Task& task : tasks::all_tasks()) {
    if (data::holding_of(dir, task).missing()) continue;
    holdings.push_back(verified_holding_of(dir, task));
  }
  return holdings;
}

ExitCode verify_data(const Globals& globals, const std::vector<std::string>& names) {
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  const Result<std::vector<data::Holding>> holdings = holdings_to_verify(*dir, names);
  if (!holdings) return fail(holdings.error());

  ExitCode exit_code = kDone;
  json out = json::array();
  for (const data::Holding& holding : *holdings) {
    out.push_back(data::to_json(holding));
    if (!holding.dataset) exit_code = fail(holding.dataset.error());
    if (globals.json) continue;
    if (holding.dataset) {
      print_result(fmt::format("{}: ok, {} questions, sha256 {}\n", holding.task->name,
                               holding.dataset->questions.size(), holding.dataset->hash));
    } else {
      print_result(fmt::format("{}: {}\n", holding.task->name, holding.state()));
    }
  }
  const bool contests =
      names.empty() || std::find(names.begin(), names.end(), data::kContestTask) != names.end();
  if (contests) {
    const ExitCode verified = data::verify_contests(*dir, globals.json, out);
    if (verified != kDone) exit_code = verified;
  }
  if (globals.json) print_result(indented_json(out));
  return exit_code;
}

}  // namespace

void add_data_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* data =
      app.add_subcommand("data", "Benchmark data: list it, fetch it, import it, verify it");
  data->require_subcommand(1);

  CLI::App* list = data->add_subcommand("list", "Every task: whether its questions are here");
  list->callback([&] { exit_code = list_data(globals); });

  CLI::App* bring_in =
      data->add_subcommand("import", "Bring in a benchmark's files: JSON Lines, or CSV");
  struct ImportOptions {
    std::vector<fs::path> files;
    std::string task;
  };
  const auto options = std::make_shared<ImportOptions>();
  bring_in->add_option("FILE", options->files, "Upstream files, joined in the order given")
      ->required();
  bring_in
      ->add_option("--task", options->task,
                   "Which benchmark this is, such as aime24; codeforces-contest for answers of the "
                   "Codeforces API about contests")
      ->required();
  bring_in->callback([&, options] {
    exit_code = options->task == data::kContestTask
                    ? data::import_contests(globals, options->files)
                    : data::import_files(globals, options->task, options->files);
  });

  data::add_data_fetch(*data, globals, exit_code);

  CLI::App* verify = data->add_subcommand("verify", "Check that stored questions are undamaged");
  const auto names = std::make_shared<std::vector<std::string>>();
  verify->add_option("TASK", *names, "Tasks to check; all that are here if none is given");
  verify->callback([&, names] { exit_code = verify_data(globals, *names); });
}

}  // namespace proctor::harness
