#include "harness/grading_tools.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "harness/console.h"

namespace proctor::harness {
namespace {

Result<bool> asks_for_programs(const RunRequest& request, const TaskRequest& asked) {
  const Result<tasks::Protocol> protocol = tasks::protocol_for(request.protocol, asked.task);
  if (!protocol) return protocol.error();
  return grades_programs(*protocol);
}

// The places of the tasks whose answers are programs.
Result<std::vector<std::size_t>> tasks_of_programs(const RunRequest& request) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < request.tasks.size(); ++i) {
    const Result<bool> programs = asks_for_programs(request, request.tasks[i]);
    if (!programs) return programs.error();
    if (*programs) places.push_back(i);
  }
  return places;
}

void leave_out(RunRequest& request, const std::vector<std::size_t>& places,
               const std::string& reason) {
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const auto task = request.tasks.begin() + static_cast<std::ptrdiff_t>(*place);
    if (!task->may_be_left_out) continue;
    say(
        fmt::format("proctor: {} is left out: it runs programs, and the sandbox here is not full: "
                    "{} (`proctor doctor`)\n",
                    task->task, reason));
    request.tasks.erase(task);
  }
}

void warn_of_missing(const CodeJudge& judge) {
  const std::string missing = missing_layers(*judge.sandbox);
  if (missing.empty()) return;
  say("proctor: warning: the sandbox is not full, missing: " + missing + "\n");
}

}  // namespace

bool grades_programs(const tasks::Protocol& protocol) {
  return protocol.grader.starts_with("code");
}

Result<GradingTools> make_grading_tools(RunRequest& request, const std::filesystem::path& data,
                                        const CodeJudgeOptions& options) {
  GradingTools tools{data, std::nullopt};
  const Result<std::vector<std::size_t>> places = tasks_of_programs(request);
  if (!places) return places.error();
  if (places->empty()) return tools;
  Result<CodeJudge> judge = make_code_judge(options);
  const std::string missing = judge ? missing_layers(*judge->sandbox) : judge.error().message();
  if (!missing.empty()) leave_out(request, *places, missing);
  const Result<std::vector<std::size_t>> left = tasks_of_programs(request);
  if (!left) return left.error();
  if (left->empty()) return tools;
  if (!judge) return judge.error();
  warn_of_missing(*judge);
  tools.code = std::move(*judge);
  return tools;
}

Result<GradingTools> make_grading_tools(const RunPlan& plan, const std::filesystem::path& data,
                                        const CodeJudgeOptions& options) {
  GradingTools tools{data, std::nullopt};
  bool programs = false;
  for (const TaskPlan& task : plan.tasks) {
    const Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    programs = programs || grades_programs(*protocol);
  }
  if (!programs) return tools;
  Result<CodeJudge> judge = make_code_judge(options);
  if (!judge) return judge.error();
  warn_of_missing(*judge);
  tools.code = std::move(*judge);
  return tools;
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

}  // namespace proctor::harness
