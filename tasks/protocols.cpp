#include <nlohmann/json.hpp>

#include "harness/core/sha256.h"
#include "tasks/catalogue.h"
#include "tasks/codeforces/prompts.h"
#include "tasks/compat_protocols.h"
#include "tasks/livecodebench/prompts.h"
#include "tasks/quickstart/quickstart.h"

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

Protocol put(const PromptStyle& style, Protocol protocol) {
  protocol.prompt_name = style.name;
  protocol.system = style.system;
  protocol.prompt = style.prompt;
  protocol.starter_prompt = style.starter_prompt;
  protocol.raw = style.raw;
  protocol.language = style.language;
  protocol.time_factor = style.time_factor;
  return protocol;
}

// A draw of its own for each repeat, so that no place is favoured and a vote is for an option.
Protocol with_options(Protocol protocol) {
  protocol.prompt = kMultipleChoicePrompt;
  protocol.option_order = "seeded";
  protocol.option_seed = 1;
  return protocol;
}

std::vector<Protocol> r1_protocols() {
  return {
      {"r1", "aime24", kBoxedPrompt, kR1Sampling, 64, "integer", {"pass@1", "cons@64"}},
      {"r1", "aime25", kBoxedPrompt, kR1Sampling, 64, "integer", {"pass@1", "cons@64"}},
      {"r1", "math500", kBoxedPrompt, kR1Sampling, 4, "math", {"pass@1"}},
      with_options({"r1", "gpqa", "", kR1Sampling, 8, "choice", {"pass@1", "cons@8"}}),
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
      with_options({"r1",
                    "quickstart-choice",
                    "",
                    kQuickstartSampling,
                    16,
                    "choice",
                    {"pass@1", "cons@16"}}),
      put(livecodebench::prompts().front(),
          {"r1", "livecodebench", "", kR1Sampling, 16, "code", {"pass@1"}}),
      put(livecodebench::prompts().front(),
          {"r1", "quickstart-code", "", kQuickstartSampling, 16, "code", {"pass@1"}}),
      // As many tries as CodeElo allows (arXiv 2501.01257).
      put(codeforces::prompts().front(),
          {"r1", "codeforces", "", kR1Sampling, 8, "code-contest", {"pass@1"}}),
      put(quickstart::contest_prompts().front(),
          {"r1", "quickstart-contest", "", kQuickstartSampling, 8, "code-contest", {"pass@1"}}),
  };
}

// Frozen: whoever changes a recipe gives it a new name.
const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> kProtocols = [] {
    std::vector<Protocol> all;
    for (auto* some : {r1_protocols, openr1_protocols, simple_evals_protocols}) {
      for (Protocol& protocol : some()) all.push_back(std::move(protocol));
    }
    return all;
  }();
  return kProtocols;
}

using Slots = std::vector<std::pair<std::string, std::string_view>>;

// The text with the first of each slot replaced by its value. The slots stand in the order given,
// and what a value holds is no slot.
std::string fill(std::string_view text, const Slots& slots) {
  std::string filled;
  for (const auto& [slot, value] : slots) {
    const std::size_t at = text.find(slot);
    check(at != std::string_view::npos);
    filled.append(text.substr(0, at)).append(value);
    text.remove_prefix(at + slot.size());
  }
  return filled.append(text);
}

}  // namespace

std::vector<std::string_view> protocol_names() {
  std::vector<std::string_view> names;
  for (const Protocol& protocol : protocols()) {
    if (names.empty() || names.back() != protocol.name) names.push_back(protocol.name);
  }
  return names;
}

std::vector<std::string_view> tasks_of(std::string_view protocol) {
  std::vector<std::string_view> tasks;
  for (const Protocol& recipe : protocols()) {
    if (recipe.name == protocol) tasks.push_back(recipe.task);
  }
  return tasks;
}

Result<Protocol> protocol_for(std::string_view protocol, std::string_view task) {
  for (const Protocol& recipe : protocols()) {
    if (recipe.name == protocol && recipe.task == task) return recipe;
  }
  const std::vector<std::string_view> tasks = tasks_of(protocol);
  std::string names;
  for (const std::string_view name : tasks.empty() ? protocol_names() : tasks) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  if (tasks.empty()) {
    return Error(ErrorCode::not_found,
                 "no protocol \"" + std::string(protocol) + "\"; there are: " + names);
  }
  return Error(ErrorCode::not_found, "protocol \"" + std::string(protocol) +
                                         "\" has no recipe for task \"" + std::string(task) +
                                         "\"; it has one for: " + names);
}

std::span<const PromptStyle> prompts_of(std::string_view task) {
  const Result<const Task*> found = task_named(task);
  return found ? benchmark_of(**found).prompts : std::span<const PromptStyle>();
}

Result<Protocol> with_prompt(Protocol protocol, std::string_view prompt) {
  std::string names;
  for (const PromptStyle& style : prompts_of(protocol.task)) {
    if (style.name == prompt) return put(style, std::move(protocol));
    names += (names.empty() ? "" : ", ") + style.name;
  }
  return Error(ErrorCode::not_found,
               "task \"" + protocol.task + "\" has no prompt \"" + std::string(prompt) + "\"; " +
                   (names.empty() ? "it has only the protocol's" : "there are: " + names));
}

std::string protocol_json(const Protocol& protocol, std::string_view grader_id) {
  nlohmann::json top_k = nullptr;
  if (protocol.sampling.top_k) top_k = *protocol.sampling.top_k;
  nlohmann::json json = {{"protocol_format", 1},
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
  // What a recipe does not use is not written, so that older recipes keep their hashes.
  if (!protocol.prompt_name.empty()) json["prompt_name"] = protocol.prompt_name;
  if (!protocol.system.empty()) json["system"] = protocol.system;
  if (!protocol.starter_prompt.empty()) json["starter_prompt"] = protocol.starter_prompt;
  if (protocol.raw) json["raw"] = true;
  if (!protocol.option_order.empty()) {
    json["option_order"] = protocol.option_order;
    json["option_seed"] = protocol.option_seed;
  }
  if (protocol.limit_includes_prompt) json["limit_includes_prompt"] = true;
  if (!protocol.release.empty()) json["release"] = protocol.release;
  if (!protocol.language.empty()) {
    json["language"] = protocol.language;
    json["time_factor"] = protocol.time_factor;
  }
  // Objects sort their keys, and numbers are written in their shortest exact form, whatever the
  // locale. Replacing invalid UTF-8 keeps dump from throwing.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string protocol_hash(const Protocol& protocol, std::string_view grader_id) {
  return sha256_hex(protocol_json(protocol, grader_id));
}

Prompt render_prompt(const Protocol& protocol, const Question& question) {
  const std::string* starter = nullptr;
  for (const auto& [name, value] : question.attributes) {
    if (name == "starter_code" && !protocol.starter_prompt.empty()) starter = &value;
  }
  Slots slots = {{"{problem}", question.text}};
  std::string slot = "{A}";
  for (const std::string_view option : options_of(question)) {
    if (protocol.prompt.find(slot) != std::string::npos) slots.emplace_back(slot, option);
    ++slot[1];
  }
  if (starter != nullptr) slots.emplace_back("{starter_code}", *starter);
  std::string content = fill(starter == nullptr ? protocol.prompt : protocol.starter_prompt, slots);
  if (protocol.raw) return {{.role = "raw", .content = std::move(content)}};
  Prompt prompt;
  if (!protocol.system.empty()) prompt.push_back({.role = "system", .content = protocol.system});
  prompt.push_back({.role = "user", .content = std::move(content)});
  return prompt;
}

}  // namespace proctor::tasks
