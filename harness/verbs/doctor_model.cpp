#include "harness/verbs/doctor_model.h"

#include <nlohmann/json.hpp>

#include "harness/canary/canary.h"
#include "harness/canary/report.h"
#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/interrupts.h"
#include "harness/run/sending_flags.h"

namespace proctor::harness {
namespace {

using nlohmann::ordered_json;

// Whoever examines an endpoint waits for the answer; a run has more patience.
constexpr int kAttempts = 3;
constexpr double kDeadlineSeconds = 120;

Result<canary::CanarySubject> subject_of(const ModelToExamine& model, const CLI::App& verb) {
  const plan::RunRequest& request = model.flags.request;
  canary::CanarySubject subject{.model = request.model,
                                .backend = request.backend,
                                .think_prefilled = request.think_prefilled,
                                .fill_context = model.fill_context};
  subject.backend.stream = !model.flags.no_stream;
  subject.backend.api_key = run::api_key(request.model);
  if (verb.count("--max-attempts") == 0) subject.backend.max_attempts = kAttempts;
  if (verb.count("--deadline") == 0) subject.backend.deadline_s = kDeadlineSeconds;
  for (const std::string& task : model.tasks) {
    Result<tasks::Protocol> protocol = tasks::protocol_for(request.protocol, task);
    if (!protocol) return protocol.error();
    if (request.sampling.max_tokens) protocol->sampling.max_tokens = *request.sampling.max_tokens;
    subject.protocols.push_back(std::move(*protocol));
  }
  return subject;
}

Result<canary::CanaryReport> examine(const ModelToExamine& model, const CLI::App& verb) {
  const Interrupts interrupts;
  const Result<canary::CanarySubject> subject = subject_of(model, verb);
  if (!subject) return subject.error();
  return canary::run_canary(*subject, nullptr, interrupts.token());
}

}  // namespace

void add_model_flags(CLI::App& verb, ModelToExamine& model) {
  plan::RunRequest& request = model.flags.request;
  verb.add_option("--model", request.model,
                  "examine a model instead of the machine, as `run` would ask it, by a few small "
                  "requests; exit code 2 if it is not fit");
  run::add_server_flags(verb, model.flags, "of the server, for example http://127.0.0.1:8000/v1");
  verb.add_option("--task", model.tasks, "by whose recipes it would be asked")
      ->capture_default_str();
  verb.add_option("--protocol", request.protocol, "the recipe for each task")
      ->capture_default_str();
  verb.add_option("--max-tokens", request.sampling.max_tokens, "instead of the recipe's")
      ->check(CLI::Range(1, 10'000'000));
  verb.add_flag("--think-prefilled", request.think_prefilled,
                "the chat template writes the opening <think> itself");
  verb.add_flag("--fill-context", model.fill_context,
                "also let a reply run into the end of the server's context, which costs as many "
                "tokens");
  run::add_thinking_flags(verb, model.flags);
  run::add_sending_flags(verb, model.flags);
}

ExitCode examine_model(const ModelToExamine& model, const CLI::App& verb, bool as_json) {
  const std::string& name = model.flags.request.model;
  const Result<canary::CanaryReport> report = examine(model, verb);
  if (!report) {
    if (!as_json) return fail(report.error());
    const ordered_json answer = {
        {"model", name}, {"outcome", "no answer"}, {"reason", report.error().message()}};
    print_result(indented_json(answer));
    return exit_code_for(report.error());
  }
  print_result(as_json ? indented_json(canary::canary_json(*report, name))
                       : canary::format_canary(*report, name));
  return report->outcome() == canary::Outcome::refused ? kBadUsage : kDone;
}

}  // namespace proctor::harness
