#include "harness/plan/server_facts.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "harness/plan/fingerprint.h"
#include "harness/plan/stored_plan.h"

namespace proctor::harness::plan {
namespace {

using nlohmann::json;
using Facts = std::map<std::string, std::string>;

// Under which names they are in the configuration.
constexpr const char* kLasting = "server_facts";
constexpr const char* kPassing = "server_notes";

Facts facts_at(const json& config, const char* key) {
  Facts facts;
  const auto found = config.find(key);
  if (found == config.end() || !found->is_object()) return facts;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) facts[name] = value.get<std::string>();
  }
  return facts;
}

json parsed_config(const RunPlan& plan) {
  json config = json::parse(plan.config_json, nullptr, /*allow_exceptions=*/false);
  return config.is_object() ? config : json::object();
}

std::string task_names(const RunPlan& plan) {
  std::string names;
  for (const TaskPlan& task : plan.tasks) names += (names.empty() ? "" : ",") + task.task;
  return names;
}

// The plan's fingerprint as it would be if the server had said nothing. Errors: corrupt.
Result<std::string> fingerprint_without_facts(const RunPlan& plan) {
  const Result<StoredRequest> stored = stored_request(plan);
  if (!stored) return stored.error();
  return run_fingerprint(plan, stored->server, stored->think_prefilled);
}

}  // namespace

void set_server_facts(RunPlan& plan, const backends::ServerFacts& facts) {
  json config = parsed_config(plan);
  if (!facts.lasting.empty()) config[kLasting] = facts.lasting;
  if (!facts.passing.empty()) config[kPassing] = facts.passing;
  plan.config_json = compact_json(config);
  const Result<StoredRequest> stored = stored_request(plan);
  check(static_cast<bool>(stored));  // plan_run() wrote it
  // As it is read back: what is not UTF-8 was replaced.
  plan.fingerprint = run_fingerprint(plan, stored->server, stored->think_prefilled,
                                     stored_server_facts(plan).lasting);
}

backends::ServerFacts stored_server_facts(const RunPlan& plan) {
  const json config = parsed_config(plan);
  backends::ServerFacts facts;
  facts.lasting = facts_at(config, kLasting);
  facts.passing = facts_at(config, kPassing);
  return facts;
}

std::string server_identity(const RunPlan& plan) {
  const Facts facts = stored_server_facts(plan).lasting;
  return facts.empty() ? "" : json(facts).dump();
}

std::vector<std::string> changed_facts(const Facts& before, const Facts& now) {
  std::vector<std::string> changes;
  for (const auto& [name, value] : before) {
    const auto found = now.find(name);
    if (found == now.end() || found->second == value) continue;
    changes.push_back(fmt::format("{}: {} -> {}", name, value, found->second));
  }
  return changes;
}

Result<RunToContinue> run_to_continue(reports::Store& store, const RunPlan& plan) {
  const Result<std::optional<reports::RunId>> same = store.open_run(plan.fingerprint, plan.seed);
  if (!same) return same.error();
  if (*same) return RunToContinue{.run = *same};
  const Result<std::string> fingerprint = fingerprint_without_facts(plan);
  if (!fingerprint) return fingerprint.error();
  const Facts facts = stored_server_facts(plan).lasting;
  Result<std::vector<reports::RunInfo>> runs = store.runs();
  if (!runs) return runs.error();
  for (auto info = runs->rbegin(); info != runs->rend(); ++info) {
    if (info->model != plan.model || info->tasks != task_names(plan)) continue;
    const Result<RunPlan> stored = store.plan(info->id);
    if (!stored) return stored.error();
    if (stored->seed != plan.seed) continue;
    const Result<std::string> theirs = fingerprint_without_facts(*stored);
    if (!theirs || *theirs != *fingerprint) continue;  // an imported run has no such settings
    if (info->status != reports::RunStatus::open) break;
    std::vector<std::string> changes = changed_facts(stored_server_facts(*stored).lasting, facts);
    if (changes.empty()) return RunToContinue{.run = info->id};
    return RunToContinue{.of_another_server = info->id, .changes = std::move(changes)};
  }
  return RunToContinue{};
}

}  // namespace proctor::harness::plan
