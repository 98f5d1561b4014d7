#include "harness/plan/code_runners.h"

namespace proctor::harness::plan {

std::string code_grader(std::string_view runner) {
  return runner == "lcb-compat" ? "code-lcb-compat" : "code";
}

bool has_code_runners(const tasks::Protocol& protocol) {
  return protocol.grader == code_grader("process") || protocol.grader == code_grader("lcb-compat");
}

Result<void> set_code_runner(RunPlan& plan, std::string_view runner) {
  for (TaskPlan& task : plan.tasks) {
    Result<tasks::Protocol> protocol = tasks::parse_protocol(task.protocol_json);
    if (!protocol) return protocol.error().within("stored protocol of " + task.task);
    if (!has_code_runners(*protocol)) continue;
    protocol->grader = code_grader(runner);
    task.protocol_json = tasks::protocol_json(*protocol, task.grader);
  }
  return {};
}

}  // namespace proctor::harness::plan
