#include "harness/grading/tools.h"

#include <string>

namespace proctor::harness::grading {
bool grades_programs(const tasks::Protocol& protocol) {
  return protocol.grader.starts_with("code");
}

graders::GraderOptions grader_options(const tasks::Protocol& protocol, bool think_prefilled,
                                      const GradingTools& tools) {
  graders::GraderOptions options;
  // A raw prompt goes past the chat template, and so past the <think> that it would write.
  options.think_prefilled = think_prefilled && !protocol.raw;
  if (!protocol.language.empty()) options.language = protocol.language;
  options.time_factor = protocol.time_factor;
  if (!tools.code) return options;
  options.judge = tools.code->judge.get();
  options.load_tests = [data = tools.data,
                        name = protocol.task](const Question& question) -> Result<std::string> {
    const Result<const tasks::Task*> task = tasks::task_named(name);
    if (!task) return task.error();
    return tasks::load_tests(data, **task, question);
  };
  return options;
}

}  // namespace proctor::harness::grading
