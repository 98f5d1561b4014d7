#include "harness/canary/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "harness/plan/server_facts.h"

namespace proctor::harness::canary {
namespace {

using nlohmann::ordered_json;
using Facts = std::map<std::string, std::string>;

const char* verdict_of(const CanaryReport& report) {
  switch (report.outcome()) {
    case Outcome::refused:
      return "a run would not be what it says it is";
    case Outcome::remarked:
      return "a run may begin, with the remarks above in mind";
    case Outcome::passed:
    case Outcome::skipped:
      break;
  }
  return "a run may begin";
}

std::string format_facts(const Facts& facts) {
  std::string text;
  for (const auto& [name, value] : facts) text += fmt::format("  {:<20} {}\n", name, value);
  return text;
}

// What a stored plan holds of its canary: an object, empty if there was none.
ordered_json stored_canary(const RunPlan& plan) {
  const ordered_json config =
      ordered_json::parse(plan.config_json, nullptr, /*allow_exceptions=*/false);
  const auto found = config.find("canary");
  return found != config.end() && found->is_object() ? *found : ordered_json::object();
}

std::string text_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t count_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::int64_t>() : 0;
}

}  // namespace

std::string format_canary(const CanaryReport& report, const std::string& model) {
  std::string text = fmt::format("{}: {} requests, {} tokens of prompts, {} of replies\n", model,
                                 report.requests, report.prompt_tokens, report.completion_tokens);
  for (const CanaryCheck& check : report.checks) {
    text += fmt::format("  {:<20} {:<9} {}\n", check.name, name_of(check.outcome), check.detail);
  }
  if (!report.server.lasting.empty()) {
    text += "the server says of itself, and a run's fingerprint holds:\n" +
            format_facts(report.server.lasting);
  }
  if (!report.server.passing.empty()) {
    text += "and besides:\n" + format_facts(report.server.passing);
  }
  return text + verdict_of(report) + "\n";
}

ordered_json canary_json(const CanaryReport& report, const std::string& model) {
  ordered_json checks = ordered_json::array();
  for (const CanaryCheck& check : report.checks) {
    checks.push_back(
        {{"name", check.name}, {"outcome", name_of(check.outcome)}, {"detail", check.detail}});
  }
  ordered_json object = {{"model", model},
                         {"outcome", name_of(report.outcome())},
                         {"checks", std::move(checks)},
                         {"requests", report.requests},
                         {"prompt_tokens", report.prompt_tokens},
                         {"completion_tokens", report.completion_tokens},
                         {"server_facts", report.server.lasting},
                         {"server_notes", report.server.passing}};
  object["context"] = report.server.context ? ordered_json(*report.server.context) : nullptr;
  return object;
}

std::string canary_lines(const CanaryReport& report, Outcome outcome) {
  std::string lines;
  for (const CanaryCheck& check : report.checks) {
    if (check.outcome != outcome) continue;
    lines += fmt::format("{}{}: {}", lines.empty() ? "" : "\n", check.name, check.detail);
  }
  return lines;
}

void record_canary(const CanaryReport& report, RunPlan& plan) {
  ordered_json config = ordered_json::parse(plan.config_json, nullptr, /*allow_exceptions=*/false);
  if (config.is_object()) {
    ordered_json found = canary_json(report, plan.model);
    for (const char* stored_beside : {"model", "server_facts", "server_notes"}) {
      found.erase(stored_beside);
    }
    config["canary"] = std::move(found);
    plan.config_json = compact_json(config);
  }
  plan::set_server_facts(plan, report.server);
}

std::vector<std::string> stored_canary_remarks(const RunPlan& plan) {
  const ordered_json canary = stored_canary(plan);
  const auto checks = canary.find("checks");
  std::vector<std::string> remarks;
  if (checks == canary.end() || !checks->is_array()) return remarks;
  for (const ordered_json& check : *checks) {
    if (text_at(check, "outcome") != name_of(Outcome::remarked)) continue;
    remarks.push_back(fmt::format("{}: {}", text_at(check, "name"), text_at(check, "detail")));
  }
  return remarks;
}

TokenUsage stored_canary_usage(const RunPlan& plan) {
  const ordered_json canary = stored_canary(plan);
  TokenUsage usage;
  usage.prompt = count_at(canary, "prompt_tokens");
  usage.completion = count_at(canary, "completion_tokens");
  return usage;
}

}  // namespace proctor::harness::canary
