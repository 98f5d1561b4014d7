// What a run asks: tasks by name, or a suite of them from a file.
//
//   {"protocol": "r1", "release": "release_v5", "window": "2024-08..2025-01",
//    "tasks": ["aime24", {"task": "math500", "samples": 4, "limit": 100}]}
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "tasks/task.h"

namespace proctor::harness::plan {

struct TaskRequest {
  std::string task;
  std::optional<int> samples{};  // repeats per question, instead of the protocol's
  std::optional<int> limit{};    // only the first so many questions
  bool may_be_left_out = false;  // where this machine cannot do it, instead of ending the run

  bool operator==(const TaskRequest&) const = default;
};

struct Suite {
  std::optional<std::string> protocol;
  tasks::Selection selection{};  // of the tasks that can be selected from
  std::vector<TaskRequest> tasks;
};

// A suite by the name of a built-in one ("quickstart", "r1") or from a JSON file.
// Errors: not_found; invalid_input, as file: field.
Result<Suite> load_suite(const std::string& name_or_file);

}  // namespace proctor::harness::plan
