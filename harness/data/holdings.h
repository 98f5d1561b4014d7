// What a data folder has of each task, for `proctor data`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tasks/task.h"

namespace proctor::harness::data {

constexpr std::size_t kHashPrefix = 12;  // of a hash, for people

struct Holding {
  const tasks::Task* task;
  std::filesystem::path path;
  Result<tasks::Dataset> dataset;

  bool missing() const { return !dataset && dataset.error().code() == ErrorCode::not_found; }
  bool unusable() const { return !dataset && !missing(); }
  std::string_view state() const;
};

Holding holding_of(const std::filesystem::path& dir, const tasks::Task& task);

// The commands that bring a task's questions in; the second is empty if the hub has none of them.
std::string import_hint(const tasks::Task& task);
std::string fetch_hint(const tasks::Task& task);

// How many questions the set has; nothing if that depends on a release that is not here.
std::optional<std::size_t> size_of(const Holding& holding);

nlohmann::json to_json(const Holding& holding);

}  // namespace proctor::harness::data
