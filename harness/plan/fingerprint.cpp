#include "harness/plan/fingerprint.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "harness/core/sha256.h"
#include "harness/files/json_text.h"

namespace proctor::harness::plan {

using nlohmann::json;

std::string run_fingerprint(const RunPlan& plan, std::string_view server, bool think_prefilled,
                            const std::map<std::string, std::string>& server_facts) {
  json tasks = json::array();
  for (const TaskPlan& task : plan.tasks) {
    json entry = {{"task", task.task},
                  {"dataset", task.dataset_hash},
                  {"questions", task.questions.size()},
                  {"protocol", task.protocol_hash}};
    for (const Attachment& attachment : task.attachments) {
      entry["attachments"][attachment.name] = sha256_hex(attachment.body);
    }
    tasks.push_back(std::move(entry));
  }
  json parts = {{"fingerprint_format", 1},
                {"server", server},
                {"endpoint", plan.endpoint},
                {"think_prefilled", think_prefilled},
                {"tasks", std::move(tasks)}};
  if (!server_facts.empty()) parts["server_facts"] = server_facts;
  return sha256_hex(compact_json(parts));
}

}  // namespace proctor::harness::plan
