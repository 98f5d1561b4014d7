#include "tests/harness/support/scored_store.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "harness/core/sha256.h"
#include "harness/plan/fingerprint.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

reports::SampleGenerated reply_of(std::int64_t sample, const ScoredRun& run, char cell) {
  Generation reply;
  reply.text = cell == '-' ? "<think>one and one" : "\\boxed{2}";
  reply.finish = cell == '-' ? FinishReason::length : FinishReason::stop;
  reply.usage.completion = run.tokens;
  reply.served_by = "fake";
  return {sample, std::move(reply)};
}

Score score_of(char cell) {
  Score score;
  score.verdict = cell == '1'   ? Verdict::correct
                  : cell == '0' ? Verdict::wrong
                                : Verdict::no_answer;
  score.canonical = cell == '-' ? "" : std::string(1, cell);
  score.thinking = cell == '-' ? Thinking::unclosed : Thinking::closed;
  return score;
}

}  // namespace

RunPlan plan_of(const ScoredRun& run) {
  tasks::Protocol protocol;
  protocol.name = "r1";
  protocol.task = run.task;
  protocol.prompt = run.prompt;
  protocol.sampling.temperature = run.temperature;
  protocol.repeats = static_cast<int>(run.rows.front().size());
  protocol.grader = "integer";
  TaskPlan task{.task = run.task,
                .dataset_hash = sha256_hex(std::to_string(run.rows.size())),
                .protocol = protocol.name,
                .protocol_hash = tasks::protocol_hash(protocol, "integer@1"),
                .protocol_json = tasks::protocol_json(protocol, "integer@1"),
                .grader = "integer@1",
                .repeats = protocol.repeats,
                .questions = {}};
  for (std::size_t i = 0; i < run.rows.size(); ++i) {
    task.questions.push_back({"q" + std::to_string(i), "Sum " + std::to_string(i), "2", {}});
  }
  RunPlan plan{
      .model = run.model,
      .endpoint = "http://127.0.0.1:1/v1",
      .seed = 1,
      .fingerprint = "",
      .config_json = nlohmann::json{{"server", run.server}, {"think_prefilled", false}}.dump(),
      .version = "0.0",
      .host = "test",
      .tasks = {std::move(task)}};
  plan.fingerprint = plan::run_fingerprint(plan, run.server, false);
  return plan;
}

reports::RunId add_scored_run(const std::filesystem::path& db, const ScoredRun& run) {
  Result<reports::Store> store = reports::Store::open_for_writing(db);
  REQUIRE(store);
  const Result<reports::RunId> id =
      store->add_run(plan_of(run), [](const std::string&, const Question&, int) { return 1ULL; });
  REQUIRE(id);
  const Result<std::vector<PlannedSample>> samples = store->samples(*id);
  REQUIRE(samples);
  std::vector<reports::Change> changes;
  bool whole = true;
  for (const PlannedSample& sample : *samples) {
    const char cell = run.rows.at(static_cast<std::size_t>(sample.question))
                          .at(static_cast<std::size_t>(sample.repeat));
    changes.emplace_back(reports::SampleStarted{sample.id});
    if (cell == '.') {
      whole = false;
      changes.emplace_back(reports::SampleFailed{sample.id, "HTTP 500", 3});
      continue;
    }
    changes.emplace_back(reply_of(sample.id, run, cell));
    changes.emplace_back(reports::SampleScored{sample.id, score_of(cell), "integer@1"});
  }
  REQUIRE(store->commit(changes));
  REQUIRE(store->set_status(*id,
                            whole ? reports::RunStatus::complete : reports::RunStatus::incomplete));
  return *id;
}

}  // namespace proctor::harness
