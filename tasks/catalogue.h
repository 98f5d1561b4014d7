// The benchmarks with what is private to this folder: how their files look, how answers normalise.
#pragma once

#include <span>
#include <string_view>

#include "tasks/schema.h"
#include "tasks/task.h"

namespace proctor::tasks {

struct Benchmark {
  Task task;
  std::span<const Schema> schemas;
  AnswerRule normal_answer;
  const std::string_view* embedded;  // upstream rows within the program; null: users import them
};

// Stops the program if the task is not one of all_tasks().
const Benchmark& benchmark_of(const Task& task);

}  // namespace proctor::tasks
