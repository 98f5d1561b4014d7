#include <nlohmann/json.hpp>

#include "harness/core/sha256.h"
#include "tasks/task.h"

namespace proctor::tasks {
namespace {

// The wording that DeepSeek advises for mathematics (README of DeepSeek-R1, "Usage
// Recommendations"). It leaves the separator open; a line feed is ours.
constexpr const char* kBoxedPrompt =
    "{problem}\nPlease reason step by step, and put your final answer within \\boxed{}.";

constexpr Sampling kR1Sampling = {
    .temperature = 0.6, .top_p = 0.95, .top_k = std::nullopt, .max_tokens = 32'768};
constexpr Sampling kQuickstartSampling = {
    .temperature = 0.6, .top_p = 0.95, .top_k = std::nullopt, .max_tokens = 1'024};

// Frozen: whoever changes a recipe gives it a new name.
const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> kProtocols = {
      {"r1", "aime24", kBoxedPrompt, kR1Sampling, 64, "integer", {"pass@1", "cons@64"}},
      {"r1", "aime25", kBoxedPrompt, kR1Sampling, 64, "integer", {"pass@1", "cons@64"}},
      {"r1", "math500", kBoxedPrompt, kR1Sampling, 4, "math", {"pass@1"}},
      {"r1",
       "quickstart-aime",
       kBoxedPrompt,
       kQuickstartSampling,
       16,
       "integer",
       {"pass@1", "cons@16"}},
      {"r1",
       "quickstart-math",
       kBoxedPrompt,
       kQuickstartSampling,
       16,
       "math",
       {"pass@1", "cons@16"}},
  };
  return kProtocols;
}

}  // namespace

std::vector<std::string_view> protocol_names() {
  std::vector<std::string_view> names;
  for (const Protocol& protocol : protocols()) {
    if (names.empty() || names.back() != protocol.name) names.push_back(protocol.name);
  }
  return names;
}

Result<Protocol> protocol_for(std::string_view protocol, std::string_view task) {
  bool known = false;
  for (const Protocol& recipe : protocols()) {
    if (recipe.name != protocol) continue;
    if (recipe.task == task) return recipe;
    known = true;
  }
  if (known) {
    return Error(ErrorCode::not_found, "protocol \"" + std::string(protocol) +
                                           "\" has no recipe for task \"" + std::string(task) +
                                           "\"");
  }
  std::string names;
  for (std::string_view name : protocol_names()) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return Error(ErrorCode::not_found,
               "no protocol \"" + std::string(protocol) + "\"; there are: " + names);
}

std::string protocol_json(const Protocol& protocol, std::string_view grader_id) {
  nlohmann::json top_k = nullptr;
  if (protocol.sampling.top_k) top_k = *protocol.sampling.top_k;
  const nlohmann::json json = {{"protocol_format", 1},
                               {"name", protocol.name},
                               {"task", protocol.task},
                               {"prompt", protocol.prompt},
                               {"sampling",
                                {{"temperature", protocol.sampling.temperature},
                                 {"top_p", protocol.sampling.top_p},
                                 {"top_k", top_k},
                                 {"max_tokens", protocol.sampling.max_tokens}}},
                               {"repeats", protocol.repeats},
                               {"grader", protocol.grader},
                               {"grader_id", grader_id},
                               {"metrics", protocol.metrics}};
  // Objects sort their keys, and numbers are written in their shortest exact form, whatever the
  // locale. Replacing invalid UTF-8 keeps dump from throwing.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string protocol_hash(const Protocol& protocol, std::string_view grader_id) {
  return sha256_hex(protocol_json(protocol, grader_id));
}

Prompt render_prompt(const Protocol& protocol, const Question& question) {
  constexpr std::string_view kSlot = "{problem}";
  std::string content = protocol.prompt;
  const std::size_t slot = content.find(kSlot);
  check(slot != std::string::npos);
  content.replace(slot, kSlot.size(), question.text);
  return {{.role = "user", .content = std::move(content)}};
}

}  // namespace proctor::tasks
