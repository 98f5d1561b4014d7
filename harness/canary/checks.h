// What a canary's replies show about an endpoint: one check for each thing that a run assumes.
// Pure functions of the replies; who asks for them is canary.h.
//
//   check        refuses                               remarks
//   endpoint     a question as the run asks it fails
//   model                                              replies name another model
//   max_tokens                                         a reply is longer than its limit, was cut
//                                                      there and says that it was not, or ended
//                                                      by itself before
//   temperature                                        unlike replies at 0, like ones at 1
//   seed                                               unlike replies with the same seed
//   thinking     it begins where the run does not      a reply was cut too early to tell
//                expect it: cut replies are misjudged
//   usage                                              tokens are not reported
//   context      no room beside a reply of the
//                protocol's length
//   context end  (context.h)                           the prompt is dropped instead of stopping
//   sampling                                           the program adds samplers of its own
//   servers                                            servers that share the load are unlike
//
// What makes a run pointless or misjudged for certain is refused; the rest is for its reader.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/server_facts.h"
#include "harness/canary/probes.h"
#include "harness/core/result.h"

namespace proctor::harness::canary {

enum class Outcome {
  passed,
  skipped,   // nothing to check here, or no way to
  remarked,  // the run may begin, and its reader should know this
  refused,   // the run would not be what it says it is
};
std::string_view name_of(Outcome outcome);

struct CanaryCheck {
  std::string name;
  Outcome outcome = Outcome::passed;
  std::string detail;
};

// A probe, and what came of it.
struct ProbeReply {
  const Probe& probe;
  const Result<Generation>& reply;
};

// What is known when the replies are in.
struct CanaryEvidence {
  std::string_view provider{};     // "openai-api"
  std::string_view asked_model{};  // by its name on the wire; empty: names are not checked
  backends::Controls controls{};
  bool think_prefilled = false;
  std::span<const tasks::Protocol> protocols{};
  std::span<const ProbeReply> replies{};
  const backends::ServerFacts& server;
};

// All checks, in the order of the table.
std::vector<CanaryCheck> judge_canary(const CanaryEvidence& evidence);

// Whether the protocols' replies fit, by what the server said and `prompt_tokens`, which is what a
// short prompt is known to take. This needs no reply.
CanaryCheck check_fit(std::span<const tasks::Protocol> protocols, std::optional<int> context,
                      std::int64_t prompt_tokens);

// The names that replies give to who answered, and the fingerprints behind them: from
// Generation::served_by.
struct ServedBy {
  std::string model;
  std::string fingerprint;  // may be empty
};
ServedBy served_by(const Generation& reply);

}  // namespace proctor::harness::canary
