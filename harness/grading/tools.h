// What graders of programs need besides the question and the reply: a judge, and the tests.
#pragma once

#include <filesystem>
#include <optional>

#include "graders/grader.h"
#include "harness/grading/code_judge.h"
#include "tasks/task.h"

namespace proctor::harness::grading {

struct GradingTools {
  std::filesystem::path data;     // the folder that tests of programs are in
  std::optional<CodeJudge> code;  // none: no answer of the run is a program
};

// Whether the protocol's answers are programs.
bool grades_programs(const tasks::Protocol& protocol);

// The options of a task's grader. The tools must outlive it.
graders::GraderOptions grader_options(const tasks::Protocol& protocol, bool think_prefilled,
                                      const GradingTools& tools);

}  // namespace proctor::harness::grading
