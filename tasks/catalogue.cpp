#include "tasks/catalogue.h"

#include "tasks/aime/aime.h"
#include "tasks/codeforces/codeforces.h"
#include "tasks/gpqa/gpqa.h"
#include "tasks/livecodebench/livecodebench.h"
#include "tasks/math500/math500.h"
#include "tasks/quickstart/quickstart.h"
#include "tasks/stored_dataset.h"

namespace proctor::tasks {
namespace {

std::span<const Benchmark> benchmarks() {
  static const Benchmark kBenchmarks[] = {
      aime::aime24(),
      aime::aime25(),
      math500::math500(),
      gpqa::gpqa(),
      livecodebench::livecodebench(),
      codeforces::codeforces(),
      quickstart::like_aime(),
      quickstart::like_math(),
      quickstart::like_gpqa(),
      quickstart::like_livecodebench(),
      quickstart::like_codeforces(),
  };
  return kBenchmarks;
}

}  // namespace

std::span<const Task> all_tasks() {
  static const std::vector<Task> kTasks = [] {
    std::vector<Task> tasks;
    for (const Benchmark& benchmark : benchmarks()) tasks.push_back(benchmark.task);
    return tasks;
  }();
  return kTasks;
}

Result<const Task*> task_named(std::string_view name) {
  std::string names;
  for (const Task& task : all_tasks()) {
    if (task.name == name) return &task;
    if (!names.empty()) names += ", ";
    names += task.name;
  }
  return Error(ErrorCode::not_found,
               "no task \"" + std::string(name) + "\"; there are: " + std::move(names));
}

const Benchmark& benchmark_of(const Task& task) {
  for (const Benchmark& benchmark : benchmarks()) {
    if (benchmark.task.name == task.name) return benchmark;
  }
  check(false);
  return benchmarks().front();
}

bool has_releases(const Task& task) { return benchmark_of(task).release != nullptr; }

bool can_select(const Task& task) { return benchmark_of(task).select != nullptr; }

Result<void> select_questions(const Task& task, const Selection& selection, Dataset& dataset) {
  if (selection.empty()) return {};
  const SelectRule select = benchmark_of(task).select;
  check(select != nullptr);
  if (const Result<void> selected = select(selection, dataset); !selected) {
    return selected.error().within(task.name);
  }
  dataset.hash = hash_of(dataset.questions);
  return {};
}

}  // namespace proctor::tasks
