#include "harness/data/import.h"

#include <fmt/core.h>

#include <chrono>
#include <functional>

#include "harness/data/holdings.h"
#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"

namespace proctor::harness::data {
namespace {

namespace fs = std::filesystem;
using tasks::Dataset;
using tasks::Task;

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
std::function<void(std::size_t)> import_progress(std::string_view task) {
  static constexpr std::chrono::seconds kBetween(5);
  return [task, said = std::chrono::steady_clock::now()](std::size_t rows) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - said < kBetween) return;
    said = now;
    say(fmt::format("proctor: {}: {} questions read\n", task, rows));
  };
}

}  // namespace

Result<const Task*> importable_task(const std::string& name) {
  const Result<const Task*> task = tasks::task_named(name);
  if (task && (*task)->embedded) {
    return Error(ErrorCode::invalid_input,
                 name + ": part of proctor itself; there is nothing to import");
  }
  return task;
}

Result<Dataset> read_files(const Task& task, std::span<const fs::path> files, const fs::path& dir) {
  Result<Dataset> dataset = tasks::parse_dataset(task, files, dir, import_progress(task.name));
  if (!dataset) return dataset;
  if (const std::string gaps = tasks::gaps_in(*dataset); !gaps.empty()) {
    say(fmt::format("proctor: {}: {}\n", dataset->task, gaps));
  }
  if (tasks::has_releases(task) && dataset->release.empty()) {
    say(fmt::format("proctor: {}: {} questions, which is the size of no known release of {}\n",
                    dataset->task, dataset->questions.size(), task.title));
  }
  return dataset;
}

Result<bool> store_dataset(const fs::path& dir, const Task& task, const Dataset& dataset) {
  const Holding old = holding_of(dir, task);
  if (old.dataset && old.dataset->hash == dataset.hash && old.dataset->release == dataset.release) {
    return true;
  }
  announce_replacement(old, dataset);
  if (const Result<void> saved = tasks::save_dataset(dir, dataset); !saved) return saved.error();
  return false;
}

void print_imported(const Globals& globals, const fs::path& dir, const Task& task,
                    const Dataset& dataset, bool unchanged) {
  const Holding holding = holding_of(dir, task);
  if (globals.json) {
    nlohmann::json out = to_json(holding);
    out["unchanged"] = unchanged;
    print_result(indented_json(out));
    return;
  }
  print_result(fmt::format("{}: {} questions {} {} (sha256 {}, schema {}{})\n", dataset.task,
                           dataset.questions.size(), unchanged ? "unchanged in" : "imported to",
                           holding.path.string(), dataset.hash.substr(0, kHashPrefix),
                           dataset.schema, dataset.release.empty() ? "" : ", " + dataset.release));
}

ExitCode import_files(const Globals& globals, const std::string& name,
                      std::span<const fs::path> files) {
  const Result<const Task*> task = importable_task(name);
  if (!task) return fail(task.error());
  const Result<fs::path> dir = tasks::data_directory(globals.data, environment);
  if (!dir) return fail(dir.error());
  const Result<Dataset> dataset = read_files(**task, files, *dir);
  if (!dataset) return fail(dataset.error());
  const Result<bool> unchanged = store_dataset(*dir, **task, *dataset);
  if (!unchanged) return fail(unchanged.error());
  print_imported(globals, *dir, **task, *dataset, *unchanged);
  return kDone;
}

}  // namespace proctor::harness::data
