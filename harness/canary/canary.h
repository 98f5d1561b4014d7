// The canary: before a run spends anything, a few small requests by the very backend that it will
// use show that the endpoint does what the protocol assumes. What is checked: checks.h.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "harness/canary/checks.h"
#include "harness/core/result.h"
#include "harness/spending/spending.h"
#include "tasks/task.h"

namespace proctor::harness::canary {

// Whether the model spec is one of a service that is asked over the network.
bool is_remote(std::string_view model);

// What is to be examined: a model as a run would ask it.
struct CanarySubject {
  std::string model;  // the spec
  backends::BackendOptions backend{};
  std::vector<tasks::Protocol> protocols{};  // at least one
  bool think_prefilled = false;  // as the run takes for granted, unless the backend knows
  bool fill_context = false;     // also see what becomes of a reply at the end of the context
};

struct CanaryReport {
  std::vector<CanaryCheck> checks{};
  backends::ServerFacts server{};
  // Without what filling the context took.
  int requests = 0;  // answered or refused
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;

  // The worst of the checks' outcomes; passed, if nothing is to be said.
  Outcome outcome() const;
};

// What run_canary() would send. Errors: those of make_backend().
Result<CanaryCost> canary_cost(const CanarySubject& subject);

// Examines the model. Asks the servers about themselves first: where their context is too small,
// nothing else is asked. As patient as the subject's options are. `spending` is charged with what
// the requests cost; null: without a budget. A model that was examined and found unfit is no error.
// Errors: those of make_backend() and of serving, when no request can be answered; that of the
// first request, when none was; interrupted; invalid_input, if the budget has no room for the
// canary.
Result<CanaryReport> run_canary(const CanarySubject& subject, spending::Spending* spending,
                                std::stop_token stop);

}  // namespace proctor::harness::canary
