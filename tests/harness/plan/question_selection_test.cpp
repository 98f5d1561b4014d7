// --release, --window, --exclude-known-bad and --prompt: what they do to a plan.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "harness/grading/tools.h"
#include "harness/plan/run_plan.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::plan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A data folder with the questions of quickstart-code, half of them a month older, imported as
// LiveCodeBench.
class DataFolder {
 public:
  DataFolder() {
    const fs::path rows = fs::path(PROCTOR_SOURCE_DIR) / "tasks/quickstart/code.jsonl";
    std::string text = support::read_file(rows);
    const std::string_view late = "2026-11-22";
    std::size_t at = 0;
    for (int i = 0; i < 12; ++i) {
      at = text.find(late, at) + 1;
      text.replace(at - 1, late.size(), "2026-10-22");
    }
    const fs::path file = dir_.write("rows.jsonl", text);
    const Result<const tasks::Task*> task = tasks::task_named("livecodebench");
    REQUIRE(task);
    const Result<tasks::Dataset> set =
        tasks::parse_dataset(**task, std::span(&file, 1), dir_.path());
    REQUIRE(set);
    REQUIRE(tasks::save_dataset(dir_.path(), *set));
  }

  Result<PlannedRun> plan(RunRequest request) const {
    if (request.tasks.empty()) request.tasks = {{"livecodebench", {}, {}}};
    if (request.model.empty()) {
      const char* reply = R"({"task":"x","question_id":"1","repeat":0,"text":""})";
      request.model = "replay/" + dir_.write("replies.jsonl", reply).string();
    }
    const Result<std::unique_ptr<backends::Backend>> backend =
        backends::make_backend(request.model, request.backend);
    REQUIRE(backend);
    return plan_run(request, {.data = dir_.path(), .code = {}}, **backend);
  }

  PlannedRun planned(const RunRequest& request) const {
    Result<PlannedRun> run = plan(request);
    CHECK((run ? "" : run.error().message()) == "");
    REQUIRE(run);
    return std::move(*run);
  }

  std::string refusal(const RunRequest& request) const {
    const Result<PlannedRun> run = plan(request);
    return run ? "" : run.error().message();
  }

 private:
  support::TempDir dir_;
};

}  // namespace

TEST_CASE("a run over a window plans and stores only its questions and says so") {
  const DataFolder data;
  const PlannedRun whole = data.planned({});
  const PlannedRun part = data.planned({.selection = {.window = "2026-11..2026-11"}});
  CHECK(whole.plan.tasks[0].questions.size() == 24);
  REQUIRE(part.plan.tasks[0].questions.size() == 12);
  CHECK(part.plan.tasks[0].questions[0] == whole.plan.tasks[0].questions[12]);
  CHECK(part.plan.tasks[0].dataset_hash != whole.plan.tasks[0].dataset_hash);
  CHECK(part.plan.tasks[0].protocol_hash == whole.plan.tasks[0].protocol_hash);
  CHECK(part.plan.fingerprint != whole.plan.fingerprint);
  const std::string named = "what was imported, 2026-11-01..2026-11-30";
  CHECK(part.selections == std::vector<std::string>{named});
  CHECK(json::parse(part.plan.config_json)["selections"]["livecodebench"] == named);
  CHECK(whole.selections == std::vector<std::string>{""});
  CHECK(!json::parse(whole.plan.config_json).contains("selections"));
}

TEST_CASE("two spellings of one window are one run") {
  const DataFolder data;
  const PlannedRun months = data.planned({.selection = {.window = "2026-10..2026-11"}});
  const PlannedRun days = data.planned({.selection = {.window = "2026-10-01..2026-11-30"}});
  CHECK(months.plan.fingerprint == days.plan.fingerprint);
  CHECK(months.plan.config_json == days.plan.config_json);
}

TEST_CASE("another prompt is another recipe") {
  const DataFolder data;
  const PlannedRun r1 = data.planned({});
  const PlannedRun generic = data.planned({.prompt = "lcb-generic"});
  CHECK(r1.plan.tasks[0].protocol == "r1");
  CHECK(generic.plan.tasks[0].protocol == "r1 (modified)");
  CHECK(generic.plan.tasks[0].protocol_hash != r1.plan.tasks[0].protocol_hash);
  CHECK(generic.task_runs[0].protocol.prompt_name == "lcb-generic");
  const PlannedRun same = data.planned({.prompt = "lcb-plain"});
  CHECK(same.plan.tasks[0].protocol_hash == r1.plan.tasks[0].protocol_hash);
}

TEST_CASE("flags that no task heeds and selections that cannot be are refused") {
  const DataFolder data;
  const std::vector<TaskRequest> maths = {{"quickstart-math", {}, {}}};
  CHECK(data.refusal({.tasks = maths, .selection = {.window = "2026-11..2026-11"}}) ==
        "--release, --window, --exclude-known-bad: no task of the run has dated questions");
  CHECK(data.refusal({.tasks = maths, .prompt = "lcb-plain"}) ==
        "--prompt: no task of the run has several prompts");
  CHECK(data.refusal({.prompt = "lcb"})
            .starts_with("task \"livecodebench\" has no prompt \"lcb\"; there are: "));
  CHECK(data.refusal({.selection = {.window = "2025"}})
            .starts_with("livecodebench: window \"2025\": "));
  CHECK(data.refusal({.selection = {.window = "2025-01..2025-12"}})
            .ends_with(": no question is left"));
  CHECK(data.refusal({.selection = {.release = "release_v5"}})
            .ends_with("that were imported are no known release"));
}

TEST_CASE("tasks without dates run beside one whose questions are selected") {
  const DataFolder data;
  const PlannedRun run =
      data.planned({.tasks = {{"quickstart-math", {}, {}}, {"livecodebench", {}, {}}},
                    .prompt = "lcb-generic",
                    .selection = {.window = "2026-11-22..2026-11-22"}});
  CHECK(run.plan.tasks[0].questions.size() == 10);
  CHECK(run.plan.tasks[0].protocol == "r1");
  CHECK(run.plan.tasks[1].questions.size() == 12);
  CHECK(run.selections[0].empty());
}

TEST_CASE("a protocol may ask for a release of its own") {
  const DataFolder data;
  // 24 questions of ours are no files of LiveCodeBench.
  const std::string refusal = data.refusal({.protocol = "r1-openr1"});
  CHECK(refusal.find("v4_v5") != std::string::npos);
  // The user's selection stands in its place and makes another recipe.
  const PlannedRun run =
      data.planned({.protocol = "r1-openr1", .selection = {.window = "2026-11..2026-11"}});
  CHECK(run.plan.tasks[0].questions.size() == 12);
  CHECK(run.plan.tasks[0].protocol == "r1-openr1 (modified)");
}

TEST_CASE("raw text is refused where only chat messages are taken") {
  const DataFolder data;
  RunRequest request{.prompt = "lcb-r1-official"};
  const PlannedRun replayed = data.planned(request);
  CHECK(replayed.task_runs[0].protocol.raw);
  request.model = "anthropic/some-model";
  request.backend.api_key = "a key";
  request.backend.base_url = "http://127.0.0.1:1/v1";
  CHECK(data.refusal(request) ==
        "prompt lcb-r1-official is text with a model's own special tokens; anthropic/some-model "
        "takes chat messages only");
}

}  // namespace proctor::harness::plan
