// Whole runs of the real program against a fake model, and what must have come of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/generation.h"
#include "harness/core/score.h"
#include "reports/store.h"
#include "tests/support/child.h"
#include "tests/support/fake_model.h"
#include "tests/support/fake_server.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {

// A folder of aime24 and math500, imported by the program itself, with room for stores beside them.
class RunFixture {
 public:
  RunFixture();  // 30 and 500 questions of ours
  RunFixture(const std::filesystem::path& aime24, const std::filesystem::path& math500);

  std::filesystem::path file(std::string_view name) const { return dir_ / name; }
  // The gold answer of each problem.
  const std::map<std::string, std::string>& answers() const { return answers_; }

  // `proctor run` of both tasks, with `more` at its end: quiet, the report as JSON, no long
  // waits before an attempt is repeated, and no canary first, so that every request is a sample's.
  std::vector<std::string> run_command(const std::filesystem::path& db,
                                       const support::FakeServer& server,
                                       const std::vector<std::string>& more = {}) const;

 private:
  support::TempDir dir_;
  std::map<std::string, std::string> answers_;
};

// A fake model that can be reached.
struct ModelServer {
  explicit ModelServer(const RunFixture& fixture, support::FakeModelOptions options = {})
      : model(fixture.answers(), std::move(options)) {}

  support::FakeModel model;
  support::FakeServer server{
      [this](const support::HttpRequest& request) { return model.answer(request); }};
};

support::ChildEnd run_program(const std::vector<std::string>& argv);
// Requires that it exits with `exit_code`; the JSON that it printed.
nlohmann::json report_of(const std::vector<std::string>& argv, int exit_code);
nlohmann::json stored_report(const std::filesystem::path& db, reports::RunId run);

// The report's object for one task. Requires that there is one.
const nlohmann::json& task_of(const nlohmann::json& report, std::string_view name);

// What two runs of the same plan must agree on, wherever and in however many pieces they were done:
// everything about the tasks but the number of requests that it took.
nlohmann::json figures_of(const nlohmann::json& report);

// One sample as it lies in the store.
struct StoredSample {
  std::string task;
  std::string problem;
  std::string gold;
  std::uint64_t seed = 0;  // as it is sent to the model
  reports::SampleResult result;
  std::optional<Generation> reply;
};

// The whole grid in planning order.
std::vector<StoredSample> load_run(const std::filesystem::path& db, reports::RunId run);
// How many replies the store's first run has; none if the program died before it had made a store.
std::size_t replies_in(const std::filesystem::path& db);
std::vector<reports::RunInfo> runs_in(const std::filesystem::path& db);

// What the sample must be in the end, by what the model says to it and nothing else.
struct Expectation {
  std::optional<support::Reply> reply;  // unless its transport gives up
  FinishReason finish = FinishReason::stop;
  Verdict verdict = Verdict::no_answer;
  int attempts = 0;  // as the model sees them
  // Of these, the connections it reset without a word. If such a connection had served a request
  // before, libcurl takes it to have timed out and sends the request again by itself (libcurl's
  // Curl_retry_request): the model sees one attempt more than proctor does.
  int silent_resets = 0;
};
Expectation expectation_of(const support::FakeModel& model, const StoredSample& sample,
                           int max_attempts = 1);
// The sample is scored, with the reply, the end and the verdict expected of it.
void check_scored(const StoredSample& sample, const Expectation& expected);

// pass@1 of one task: the mean over its questions of the share of expected replies that are right.
double expected_pass_1(const support::FakeModel& model, const std::vector<StoredSample>& samples,
                       std::string_view task);

// How many replies the model completed beyond the first for each sample. Requires at least one for
// each of `samples`, and none for any other.
int repeated_replies(const support::FakeModel& model, const std::vector<StoredSample>& samples);

// Whether it becomes true within half a minute.
bool comes_true(const std::function<bool()>& condition);

}  // namespace proctor::harness
