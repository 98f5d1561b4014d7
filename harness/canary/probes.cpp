#include "harness/canary/probes.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::harness::canary {
namespace {

// Enough for two drawn stories to part, and for a limit to be met by every model that can write.
constexpr int kStoryTokens = 48;
// Enough for a model that thinks to think to the end about next to nothing.
constexpr int kSumTokens = 1024;

constexpr std::uint64_t kSeed = 1;
constexpr std::uint64_t kOtherSeed = 2;

// The options are for the recipes of multiple choices; others have no place for them.
Question question(std::string id, std::string text, std::vector<std::string> options) {
  Question asked{.id = std::move(id), .text = std::move(text), .gold = "B", .attributes = {}};
  for (std::size_t i = 0; i < options.size(); ++i) {
    asked.attributes.emplace_back(std::string(kOptionPrefix) + std::to_string(i + 1),
                                  std::move(options[i]));
  }
  return asked;
}

Question story() {
  return question("story",
                  "Tell a long story about a lighthouse keeper and everyone who ever visited the "
                  "island. Begin at once.",
                  {"a sad one", "a merry one", "a sea story", "a ghost story"});
}

Question sum() { return question("sum", "What is 2 + 3?", {"4", "5", "6", "7"}); }

backends::Request request_for(const tasks::Protocol& protocol, const Question& asked) {
  backends::Request request;
  request.task = "canary";
  request.question_id = asked.id;
  request.prompt = tasks::render_prompt(protocol, asked);
  request.sampling = protocol.sampling;
  request.seed = kSeed;
  return request;
}

Probe story_probe(ProbeRole role, const tasks::Protocol& protocol, int thinking_tokens) {
  const bool greedy = role == ProbeRole::greedy || role == ProbeRole::greedy_again;
  Probe probe{.role = role, .protocol = 0, .request = request_for(protocol, story())};
  // Nothing but the temperature decides: neither what the protocol cuts off, nor a server's own.
  probe.request.sampling = {.temperature = greedy ? 0.0 : 1.0,
                            .top_p = 1,
                            .top_k = std::nullopt,
                            .max_tokens = kStoryTokens + thinking_tokens};
  if (role == ProbeRole::drawn_otherwise) probe.request.seed = kOtherSeed;
  return probe;
}

std::vector<ProbeRole> story_roles(backends::Controls controls) {
  std::vector<ProbeRole> roles = {ProbeRole::greedy};
  if (!controls.temperature) return roles;
  roles.insert(roles.end(),
               {ProbeRole::greedy_again, ProbeRole::drawn, ProbeRole::drawn_otherwise});
  if (controls.seed) roles.push_back(ProbeRole::drawn_again);
  return roles;
}

}  // namespace

std::vector<Probe> probes_for(std::span<const tasks::Protocol> protocols,
                              backends::Controls controls, int thinking_tokens) {
  check(!protocols.empty());
  std::vector<Probe> probes;
  for (const ProbeRole role : story_roles(controls)) {
    probes.push_back(story_probe(role, protocols[0], thinking_tokens));
  }
  for (const bool raw : {false, true}) {
    const auto protocol = std::find_if(protocols.begin(), protocols.end(),
                                       [&](const tasks::Protocol& one) { return one.raw == raw; });
    if (protocol == protocols.end()) continue;
    Probe probe{.role = ProbeRole::thinking,
                .protocol = static_cast<std::size_t>(protocol - protocols.begin()),
                .request = request_for(*protocol, sum())};
    int& limit = probe.request.sampling.max_tokens;
    limit = std::min(limit, kSumTokens + thinking_tokens);
    probes.push_back(std::move(probe));
  }
  for (std::size_t i = 0; i < probes.size(); ++i) {
    probes[i].request.ticket = static_cast<std::int64_t>(i);
    probes[i].request.repeat = static_cast<int>(i);
  }
  return probes;
}

CanaryCost cost_of(std::span<const Probe> probes) {
  CanaryCost cost;
  for (const Probe& probe : probes) {
    ++cost.requests;
    cost.max_tokens += probe.request.sampling.max_tokens;
    for (const Message& message : probe.request.prompt) {
      cost.prompt_bytes += static_cast<std::int64_t>(message.content.size());
    }
  }
  return cost;
}

std::string describe(const CanaryCost& cost) {
  return fmt::format(
      "canary: {} requests first, with {} bytes of prompts and replies of at most {} "
      "tokens together",
      cost.requests, cost.prompt_bytes, cost.max_tokens);
}

}  // namespace proctor::harness::canary
