// How one task of a run is carried out: its protocol, with the names in it looked up.
#pragma once

#include <memory>

#include "graders/grader.h"
#include "tasks/task.h"

namespace proctor::harness::grading {

struct TaskRun {
  tasks::Protocol protocol;
  std::unique_ptr<graders::Grader> grader;
  bool think_prefilled = false;  // the chat template itself wrote the opening <think>
};

}  // namespace proctor::harness::grading
