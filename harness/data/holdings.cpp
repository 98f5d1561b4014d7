#include "harness/data/holdings.h"

#include <fmt/core.h>

#include "harness/files/json_text.h"
#include "harness/process/console.h"

namespace proctor::harness::data {

namespace fs = std::filesystem;
using nlohmann::json;
using tasks::Task;

std::string_view Holding::state() const {
  if (missing()) return "missing";
  if (unusable()) {
    return dataset.error().code() == ErrorCode::corrupt ? "damaged" : "unreadable";
  }
  return task->embedded ? "embedded" : "imported";
}

Holding holding_of(const fs::path& dir, const Task& task) {
  const fs::path path = task.embedded ? fs::path() : tasks::dataset_path(dir, task.name);
  return {&task, path, tasks::load_dataset(dir, task)};
}

std::string import_hint(const Task& task) {
  return fmt::format("proctor data import FILE --task {}", task.name);
}

std::string fetch_hint(const Task& task) {
  return task.hub.dataset.empty() ? "" : fmt::format("proctor data fetch {}", task.name);
}

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
  if (holding.missing()) {
    out["import"] = import_hint(task);
    if (!task.hub.dataset.empty()) out["fetch"] = fetch_hint(task);
  }
  if (holding.unusable()) out["error"] = holding.dataset.error().message();
  return out;
}

}  // namespace proctor::harness::data
