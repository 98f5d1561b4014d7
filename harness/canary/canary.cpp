#include "harness/canary/canary.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "harness/canary/asking.h"
#include "harness/canary/context.h"

namespace proctor::harness::canary {
namespace {

constexpr int kAtOnce = 8;
// The least that Anthropic takes. A probe needs no more, however much the run lets its model think.
constexpr int kThinkingTokens = 1024;

// The run's options, with nothing that would make seven requests slow or dear.
backends::BackendOptions options_for(const CanarySubject& subject) {
  backends::BackendOptions options = subject.backend;
  options.concurrency = std::min(options.concurrency, kAtOnce);
  options.adaptive = false;
  options.thinking_tokens = std::min(options.thinking_tokens, kThinkingTokens);
  return options;
}

std::vector<Probe> probes_of(const CanarySubject& subject, const backends::Backend& backend) {
  return probes_for(subject.protocols, backend.controls(), options_for(subject).thinking_tokens);
}

void count(const std::vector<ProbeReply>& replies, CanaryReport& report) {
  for (const ProbeReply& one : replies) {
    ++report.requests;
    if (!one.reply) continue;
    report.prompt_tokens += one.reply->usage.prompt.value_or(0);
    report.completion_tokens += one.reply->usage.completion.value_or(0);
  }
}

// The name that a remote model is asked for by; empty for the others.
std::string asked_model(const std::string& spec) {
  return is_remote(spec) ? spec.substr(spec.find('/') + 1) : "";
}

// The built-in engine says nothing of itself that its identity does not, but for its context.
backends::ServerFacts facts_of(const backends::Backend& backend, const std::stop_token& stop) {
  backends::ServerFacts facts = backend.ask_servers(stop);
  if (!facts.context) facts.context = backend.context();
  return facts;
}

// What replies say of who wrote them.
void add_names(const std::vector<ProbeReply>& replies, std::string_view asked,
               backends::ServerFacts& server) {
  for (const ProbeReply& one : replies) {
    if (!one.reply) continue;
    const ServedBy who = served_by(*one.reply);
    // The name that was asked for tells nothing that the run's model spec does not, and of a path
    // on the server's disk only its end tells something.
    if (!who.model.empty() && !asked.empty() && who.model != asked) {
      const bool path = who.model.starts_with('/');
      server.lasting["replies_as"] = path ? who.model.substr(who.model.rfind('/') + 1) : who.model;
    }
    if (!who.fingerprint.empty()) server.passing["system_fingerprint"] = who.fingerprint;
  }
}

}  // namespace

bool is_remote(std::string_view model) { return !backends::key_variable(model).empty(); }

Outcome CanaryReport::outcome() const {
  Outcome worst = Outcome::passed;
  for (const CanaryCheck& check : checks) {
    if (check.outcome != Outcome::skipped) worst = std::max(worst, check.outcome);
  }
  return worst;
}

Result<CanaryCost> canary_cost(const CanarySubject& subject) {
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend(subject.model, options_for(subject));
  if (!backend) return backend.error();
  return cost_of(probes_of(subject, **backend));
}

Result<CanaryReport> run_canary(const CanarySubject& subject, spending::Spending* spending,
                                std::stop_token stop) {
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend(subject.model, options_for(subject));
  if (!backend) return backend.error();
  CanaryReport report;
  report.server = facts_of(**backend, stop);
  if (const CanaryCheck fit = check_fit(subject.protocols, report.server.context, 0);
      fit.outcome == Outcome::refused) {
    report.checks.push_back(fit);
    return report;
  }

  const std::vector<Probe> probes = probes_of(subject, **backend);
  const Result<std::vector<Result<Generation>>> generations =
      ask_probes(**backend, probes, spending, stop);
  if (!generations) return generations.error().within("canary");
  const std::vector<ProbeReply> replies = replies_to(probes, *generations);
  count(replies, report);
  // A server that was not there may have come up meanwhile.
  if (!report.server.remarks.empty()) report.server = facts_of(**backend, stop);
  const std::string asked = asked_model(subject.model);
  add_names(replies, asked, report.server);
  CanaryEvidence evidence{.server = report.server};
  evidence.provider = std::string_view(subject.model).substr(0, subject.model.find('/'));
  evidence.asked_model = asked;
  evidence.controls = (*backend)->controls();
  evidence.think_prefilled = (*backend)->prefills_thinking().value_or(subject.think_prefilled);
  evidence.protocols = subject.protocols;
  evidence.replies = replies;
  report.checks = judge_canary(evidence);
  if (subject.fill_context) {
    report.checks.push_back(
        check_context_end(**backend, subject.protocols[0], report.server.context, spending, stop));
  }
  return report;
}

}  // namespace proctor::harness::canary
