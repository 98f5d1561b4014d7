#include "harness/plan/tools_for_run.h"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

#include "harness/process/console.h"

namespace proctor::harness::plan {
namespace {

Result<bool> asks_for_programs(const RunRequest& request, const TaskRequest& asked) {
  const Result<tasks::Protocol> protocol = tasks::protocol_for(request.protocol, asked.task);
  if (!protocol) return protocol.error();
  return grading::grades_programs(*protocol);
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

void warn_of_missing(const grading::CodeJudge& judge) {
  const std::string missing = grading::missing_layers(*judge.sandbox);
  if (missing.empty()) return;
  say("proctor: warning: the sandbox is not full, missing: " + missing + "\n");
}

}  // namespace

Result<grading::GradingTools> make_grading_tools(RunRequest& request,
                                                 const std::filesystem::path& data,
                                                 const grading::CodeJudgeOptions& options) {
  grading::GradingTools tools{data, std::nullopt};
  const Result<std::vector<std::size_t>> places = tasks_of_programs(request);
  if (!places) return places.error();
  if (places->empty()) return tools;
  Result<grading::CodeJudge> judge = grading::make_code_judge(options);
  const std::string missing =
      judge ? grading::missing_layers(*judge->sandbox) : judge.error().message();
  if (!missing.empty()) leave_out(request, *places, missing);
  const Result<std::vector<std::size_t>> left = tasks_of_programs(request);
  if (!left) return left.error();
  if (left->empty()) return tools;
  if (!judge) return judge.error();
  warn_of_missing(*judge);
  tools.code = std::move(*judge);
  return tools;
}

Result<grading::GradingTools> make_grading_tools(const RunPlan& plan,
                                                 const std::filesystem::path& data,
                                                 const grading::CodeJudgeOptions& options) {
  grading::GradingTools tools{data, std::nullopt};
  bool programs = false;
  for (const TaskPlan& task : plan.tasks) {
    const Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    programs = programs || grading::grades_programs(*protocol);
  }
  if (!programs) return tools;
  Result<grading::CodeJudge> judge = grading::make_code_judge(options);
  if (!judge) return judge.error();
  warn_of_missing(*judge);
  tools.code = std::move(*judge);
  return tools;
}

}  // namespace proctor::harness::plan
