// How one task of a run is carried out: its protocol, with the names in it looked up.
#pragma once

#include <memory>

#include "graders/grader.h"
#include "tasks/task.h"

namespace proctor::harness {

struct TaskRun {
  tasks::Protocol protocol;
  std::unique_ptr<graders::Grader> grader;
};

}  // namespace proctor::harness
