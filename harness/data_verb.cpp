// `proctor data`: where each benchmark's questions are, bringing them in, checking that they are
// still what was brought in.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/console.h"
#include "harness/data_contests.h"
#include "harness/environment.h"
#include "harness/exit_code.h"
#include "harness/verbs.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tasks::Dataset;
using tasks::Task;

constexpr std::size_t kHashPrefix = 12;

// What a data folder has of one task.
struct Holding {
  const Task* task;
  fs::path path;
  Result<Dataset> dataset;

  bool missing() const { return !dataset && dataset.error().code() == ErrorCode::not_found; }
  bool unusable() const { return !dataset && !missing(); }
  std::string_view state() const {
    if (missing()) return "missing";
    if (unusable()) {
      return dataset.error().code() == ErrorCode::corrupt ? "damaged" : "unreadable";
    }
    return task->embedded ? "embedded" : "imported";
  }
};

Holding holding_of(const fs::path& dir, const Task& task) {
  const fs::path path = task.embedded ? fs::path() : tasks::dataset_path(dir, task.name);
  return {&task, path, tasks::load_dataset(dir, task)};
}

std::string import_hint(const Task& task) {
  return fmt::format("proctor data import FILE --task {}", task.name);
}

// Paths are bytes and JSON is UTF-8: what does not fit is replaced, in display only.
void print_json(const json& value) {
  print_result(value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

// How many questions the set has; nothing if that depends on a release that is not here.
std::optional<std::size_t> size_of(const Holding& holding) {
  if (holding.dataset) return holding.dataset->questions.size();
  if (holding.task->questions == 0) return std::nullopt;
  return holding.task->questions;
}

json to_json(const Holding& holding) {
  const Task& task = *holding.task;
  const std::optional<std::size_t> size = size_of(holding);
  json out = {{"task", task.name},
              {"title", task.title},
              {"questions", size ? json(*size) : json()},
              {"licence", task.licence},
              {"state", holding.state()},
              {"upstream", task.source}};
  if (!task.embedded) out["path"] = holding.path.string();
  if (holding.dataset) {
    out["sha256"] = holding.dataset->hash;
    out["schema"] = holding.dataset->schema;
    out["source"] = holding.dataset->source;
    if (!holding.dataset->release.empty()) out["release"] = holding.dataset->release;
  }
  for (const std::string_view protocol : tasks::protocol_names()) {
    if (tasks::protocol_for(protocol, task.name)) out["protocols"].push_back(protocol);
  }
  if (holding.missing()) out["import"] = import_hint(task);
  if (holding.unusable()) out["error"] = holding.dataset.error().message();
  return out;
}

void print_row(std::string_view task, std::string_view questions, std::string_view state,
               std::string_view hash, std::string_view schema, std::string_view source) {
  print_result(fmt::format("{:<18} {:>9}  {:<10}  {:<12}  {:<24}  {}\n", task, questions, state,
                           hash, schema, source));
}

void print_table(const fs::path& dir, const std::vector<Holding>& holdings) {
  print_row("task", "questions", "state", "sha256", "schema", "source");
  for (const Holding& holding : holdings) {
    const bool has = static_cast<bool>(holding.dataset);
    const std::optional<std::size_t> size = size_of(holding);
    print_row(holding.task->name, size ? std::to_string(*size) : "-", holding.state(),
              has ? holding.dataset->hash.substr(0, kHashPrefix) : "-",
              has ? holding.dataset->schema : "-", has ? holding.dataset->source : "-");
  }
  print_result(fmt::format("\ndata folder: {}, one TASK.jsonl each\n", dir.string()));
  for (const Holding& holding : holdings) {
    if (holding.missing()) {
      print_result(fmt::format("{}: get it from {}, then: {}\n", holding.task->name,
                               holding.task->source, import_hint(*holding.task)));
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
  std::vector<Holding> holdings;
  for (const Task& task : tasks::all_tasks()) holdings.push_back(holding_of(*dir, task));
  if (!globals.json) {
    print_table(*dir, holdings);
    print_protocols();
    print_contests(*dir);
    return kDone;
  }
  json out = json::array();
  for (const Holding& holding : holdings) out.push_back(to_json(holding));
  add_contests(*dir, out);
  print_json(out);
  return kDone;
}

struct ImportOptions {
  std::vector<fs::path> files;
  std::string task;
};

// Says on stderr what the import replaces, so that no benchmark changes behind its user's back.
void announce_replacement(const Holding& old, const Dataset& dataset) {
  if (old.unusable()) {
    say(fmt::format("proctor: replacing a set that is {}: {}\n", old.state(),
                    old.dataset.error().message()));
  } else if (old.dataset) {
    say(fmt::format("proctor: replacing {} {} ({}) with {} ({})\n", dataset.task,
                    old.dataset->hash.substr(0, kHashPrefix), old.dataset->source,
                    dataset.hash.substr(0, kHashPrefix), dataset.source));
  }
}

// Says how far a long import is, and nothing about a short one.
std::function<void(std::size_t)> import_progress(const std::string& task) {
  static constexpr std::chrono::seconds kBetween(5);
  return [task, said = std::chrono::steady_clock::now()](std::size_t rows) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - said < kBetween) return;
    said = now;
    say(fmt::format("proctor: {}: {} questions read\n", task, rows));
  };
}

ExitCode import_data(const Globals& globals, const ImportOptions& options) {
  if (options.task == kContestTask) return import_contests(globals, options.files);
  const Result<const Task*> task = tasks::task_named(options.task);
  if (!task) return fail(task.error());
  if ((*task)->embedded) {
    return fail(Error(ErrorCode::invalid_input,
                      options.task + ": part of proctor itself; there is nothing to import"));
  }
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  const Result<Dataset> dataset =
      tasks::parse_dataset(**task, options.files, *dir, import_progress(options.task));
  if (!dataset) return fail(dataset.error());
  if (const std::string gaps = tasks::gaps_in(*dataset); !gaps.empty()) {
    say(fmt::format("proctor: {}: {}\n", dataset->task, gaps));
  }

  const Holding old = holding_of(*dir, **task);
  const bool unchanged =
      old.dataset && old.dataset->hash == dataset->hash && old.dataset->release == dataset->release;
  if (!unchanged) {
    announce_replacement(old, *dataset);
    const Result<void> saved = tasks::save_dataset(*dir, *dataset);
    if (!saved) return fail(saved.error());
  }
  if (tasks::has_releases(**task) && dataset->release.empty()) {
    say(fmt::format("proctor: {}: {} questions, which is the size of no known release of {}\n",
                    dataset->task, dataset->questions.size(), (*task)->title));
  }
  if (globals.json) {
    json out = to_json(holding_of(*dir, **task));
    out["unchanged"] = unchanged;
    print_json(out);
  } else {
    print_result(fmt::format("{}: {} questions {} {} (sha256 {}, schema {}{})\n", dataset->task,
                             dataset->questions.size(), unchanged ? "unchanged in" : "imported to",
                             old.path.string(), dataset->hash.substr(0, kHashPrefix),
                             dataset->schema,
                             dataset->release.empty() ? "" : ", " + dataset->release));
  }
  return kDone;
}

// A set whose tests are missing or damaged is so itself.
Holding verified_holding_of(const fs::path& dir, const Task& task) {
  Holding holding = holding_of(dir, task);
  if (!holding.dataset) return holding;
  const Result<void> tests = tasks::verify_tests(dir, task, *holding.dataset);
  if (!tests) holding.dataset = tests.error();
  return holding;
}

Result<std::vector<Holding>> holdings_to_verify(const fs::path& dir,
                                                const std::vector<std::string>& names) {
  std::vector<Holding> holdings;
  for (const std::string& name : names) {
    if (name == kContestTask) continue;
    const Result<const Task*> task = tasks::task_named(name);
    if (!task) return task.error();
    holdings.push_back(verified_holding_of(dir, **task));
  }
  if (!names.empty()) return holdings;
  for (const Task& task : tasks::all_tasks()) {
    if (holding_of(dir, task).missing()) continue;
    holdings.push_back(verified_holding_of(dir, task));
  }
  return holdings;
}

ExitCode verify_data(const Globals& globals, const std::vector<std::string>& names) {
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  const Result<std::vector<Holding>> holdings = holdings_to_verify(*dir, names);
  if (!holdings) return fail(holdings.error());

  ExitCode exit_code = kDone;
  json out = json::array();
  for (const Holding& holding : *holdings) {
    out.push_back(to_json(holding));
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
      names.empty() || std::find(names.begin(), names.end(), kContestTask) != names.end();
  if (contests) {
    const ExitCode verified = verify_contests(*dir, globals.json, out);
    if (verified != kDone) exit_code = verified;
  }
  if (globals.json) print_json(out);
  return exit_code;
}

}  // namespace

void add_data_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* data = app.add_subcommand("data", "Benchmark data: list it, import it, verify it");
  data->require_subcommand(1);

  CLI::App* list = data->add_subcommand("list", "Every task: whether its questions are here");
  list->callback([&] { exit_code = list_data(globals); });

  CLI::App* bring_in =
      data->add_subcommand("import", "Bring in a benchmark's files: JSON Lines, or CSV");
  const auto options = std::make_shared<ImportOptions>();
  bring_in->add_option("FILE", options->files, "Upstream files, joined in the order given")
      ->required();
  bring_in
      ->add_option("--task", options->task,
                   "Which benchmark this is, such as aime24; codeforces-contest for answers of the "
                   "Codeforces API about contests")
      ->required();
  bring_in->callback([&, options] { exit_code = import_data(globals, *options); });

  add_data_fetch(*data, globals, exit_code);

  CLI::App* verify = data->add_subcommand("verify", "Check that stored questions are undamaged");
  const auto names = std::make_shared<std::vector<std::string>>();
  verify->add_option("TASK", *names, "Tasks to check; all that are here if none is given");
  verify->callback([&, names] { exit_code = verify_data(globals, *names); });
}

}  // namespace proctor::harness
