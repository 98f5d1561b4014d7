// `proctor import`.
#include <fmt/core.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/exchange/importing.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

const std::map<std::string, exchange::ImportFormat> kFormats = {
    {"jsonl", exchange::ImportFormat::own},
    {"lm-eval", exchange::ImportFormat::lm_eval},
    {"inspect", exchange::ImportFormat::inspect},
    {"lcb", exchange::ImportFormat::lcb}};

// What a file of our own says itself cannot be said otherwise.
Result<void> check_heeded(const exchange::ImportRequest& request) {
  const bool scored_by_name = request.format == exchange::ImportFormat::lm_eval ||
                              request.format == exchange::ImportFormat::inspect;
  if (!request.scorer.empty() && !scored_by_name) {
    return Error(ErrorCode::invalid_input, "--scorer: this format has one score a reply");
  }
  if (request.format != exchange::ImportFormat::own) return {};
  if (!request.model.empty() || !request.task.empty() || !request.window.empty()) {
    return Error(ErrorCode::invalid_input,
                 "--model, --task and --window are for other programs' files; a run in jsonl "
                 "says what it is");
  }
  return {};
}

void print_runs(const std::vector<reports::RunId>& runs, const Globals& globals) {
  if (globals.json) {
    print_result(nlohmann::json{{"runs", runs}}.dump(2) + "\n");
    return;
  }
  for (const reports::RunId run : runs) {
    print_result(fmt::format("run {}: imported into {}\n", run, globals.db.string()));
  }
}

}  // namespace

void add_import_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "import",
      "runs from elsewhere into the store: our own JSON Lines, and other harnesses' logs");
  auto request = std::make_shared<exchange::ImportRequest>();
  auto format = std::make_shared<std::string>();
  verb->add_option("file", request->files,
                   "jsonl: each is a run; other formats: all are one run, each a task of it")
      ->required();
  verb->add_option("--format", *format,
                   "jsonl: what `export` wrote; lm-eval: samples_TASK_TIME.jsonl; inspect: .eval "
                   "or .json; lcb: LiveCodeBench's result files")
      ->check(CLI::IsMember({"jsonl", "lm-eval", "inspect", "lcb"}))
      ->required();
  verb->add_option("--model", request->model, "whose replies they are (default: as the file says)");
  verb->add_option("--task", request->task, "what was asked (default: as the file says)");
  verb->add_option("--window", request->window,
                   "only questions of contests between these months or days, both included: "
                   "2024-08..2025-01");
  verb->add_option("--scorer", request->scorer,
                   "whose scores to take: inspect's scorer, lm-eval's filter (default: the first)");
  verb->callback([&globals, &exit_code, request, format] {
    request->format = kFormats.at(*format);
    const Result<void> heeded = check_heeded(*request);
    const Result<std::vector<reports::RunId>> runs =
        heeded ? exchange::import_runs(globals.db, *request)
               : Result<std::vector<reports::RunId>>(heeded.error());
    if (!runs) {
      exit_code = fail(runs.error());
      return;
    }
    print_runs(*runs, globals);
    exit_code = kDone;
  });
}

}  // namespace proctor::harness
