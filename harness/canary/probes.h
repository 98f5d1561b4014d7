// The requests of a canary: the few small questions that show, before a run is paid for, whether an
// endpoint does what the run's protocol assumes. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "tasks/task.h"

namespace proctor::harness::canary {

// What a probe is there to show, alone or beside another.
enum class ProbeRole {
  greedy,           // temperature 0: cut at its limit?
  greedy_again,     // the same request: the same reply?
  drawn,            // temperature 1
  drawn_otherwise,  // with another seed: another reply?
  drawn_again,      // with the first seed: the same reply?
  thinking,         // as the run itself asks, but for a shorter limit: where does thinking stand?
};

struct Probe {
  ProbeRole role = ProbeRole::greedy;
  std::size_t protocol = 0;  // index, of the recipe that it is put by
  backends::Request request;
};

// The probes, at most seven, with tickets from 0 on. All but those for thinking are put by the
// first of the protocols, of which there must be one; there is one for thinking with chat messages
// and one with raw text, as far as protocols need them. `thinking_tokens`: how many the model may
// think by the backend's options, which come on top of what a probe needs.
std::vector<Probe> probes_for(std::span<const tasks::Protocol> protocols,
                              backends::Controls controls, int thinking_tokens);

// What the probes can come to at their dearest.
struct CanaryCost {
  int requests = 0;
  std::int64_t prompt_bytes = 0;
  std::int64_t max_tokens = 0;  // of all replies together
};
CanaryCost cost_of(std::span<const Probe> probes);

// One line: "canary: 6 requests first, of at most 1,264 tokens together".
std::string describe(const CanaryCost& cost);

}  // namespace proctor::harness::canary
