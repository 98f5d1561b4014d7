#include "harness/plan/server_facts.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "backends/backend.h"
#include "harness/plan/fingerprint.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::plan {
namespace {

using nlohmann::json;

// A plan with the settings that plan_run() stores.
RunPlan plan_with(const backends::ServerFacts& facts, std::uint64_t seed = 1) {
  RunPlan plan;
  plan.model = "openai-api/parrot";
  plan.endpoint = "http://127.0.0.1:1/v1";
  plan.seed = seed;
  plan.config_json = json{
      {"server", "openai-api parrot"},
      {"think_prefilled", false},
      {"concurrency", 4},
      {"stream", true},
      {"max_attempts", 0},
      {"backoff_first_s", 0.5},
      {"backoff_max_s", 60},
      {"idle_timeout_s", 600},
      {"connect_timeout_s",
       20}}.dump();
  plan.version = "0";
  plan.host = "test";
  plan.tasks = {{.task = "sums",
                 .dataset_hash = "d",
                 .protocol = "r1",
                 .protocol_hash = "p",
                 .protocol_json = "{}",
                 .grader = "integer@1",
                 .repeats = 2,
                 .questions = {{"1", "1 + 1?", "2", {}}}}};
  set_server_facts(plan, facts);
  return plan;
}

const backends::ServerFacts kOld{.lasting = {{"version", "0.8.4"}, {"root", "parrot-7b"}}};
const backends::ServerFacts kNew{.lasting = {{"version", "0.9.0"}, {"root", "parrot-7b"}}};

reports::Store store_in(const support::TempDir& dir) {
  Result<reports::Store> store = reports::Store::open_for_writing(dir / "runs.db");
  REQUIRE(store);
  return std::move(*store);
}

reports::RunId added(reports::Store& store, const RunPlan& plan) {
  const Result<reports::RunId> id =
      store.add_run(plan, [](const std::string&, const Question&, int) { return 0U; });
  REQUIRE(id);
  return *id;
}

}  // namespace

TEST_CASE("a server that says nothing of itself leaves the fingerprint as it always was") {
  RunPlan plan = plan_with({});
  CHECK(plan.fingerprint == run_fingerprint(plan, "openai-api parrot", false));
  CHECK(server_identity(plan).empty());
  plan = plan_with({.passing = {{"system_fingerprint", "fp_1"}}, .context = 100});
  CHECK(plan.fingerprint == run_fingerprint(plan, "openai-api parrot", false));
  CHECK(stored_server_facts(plan).passing.at("system_fingerprint") == "fp_1");
}

TEST_CASE("what a server lastingly says of itself is part of the fingerprint") {
  CHECK(plan_with(kOld).fingerprint != plan_with({}).fingerprint);
  CHECK(plan_with(kOld).fingerprint != plan_with(kNew).fingerprint);
  CHECK(plan_with(kOld).fingerprint == plan_with(kOld).fingerprint);
  CHECK(stored_server_facts(plan_with(kOld)).lasting == kOld.lasting);
  CHECK(server_identity(plan_with(kOld)) == R"({"root":"parrot-7b","version":"0.8.4"})");
}

TEST_CASE("facts that are no text or no UTF-8 do no harm") {
  const RunPlan plan = plan_with({.lasting = {{"root", "a\xff"}}});
  const RunPlan other = plan_with({.lasting = {{"root", "a\xff"}}});
  CHECK(plan.fingerprint == other.fingerprint);
  RunPlan damaged = plan;
  damaged.config_json = R"({"server_facts":{"version":7,"root":"a"},"server_notes":[]})";
  CHECK(stored_server_facts(damaged).lasting == std::map<std::string, std::string>{{"root", "a"}});
  damaged.config_json = "{";
  CHECK(stored_server_facts(damaged).lasting.empty());
}

TEST_CASE("only what both know and say otherwise is a change") {
  CHECK(changed_facts(kOld.lasting, kNew.lasting) ==
        std::vector<std::string>{"version: 0.8.4 -> 0.9.0"});
  CHECK(changed_facts(kOld.lasting, kOld.lasting).empty());
  CHECK(changed_facts(kOld.lasting, {}).empty());
  CHECK(changed_facts({}, kOld.lasting).empty());
}

TEST_CASE("a plan goes on with its open run unless another server began it") {
  const support::TempDir dir;
  reports::Store store = store_in(dir);
  CHECK_FALSE(run_to_continue(store, plan_with(kOld))->run);
  const reports::RunId first = added(store, plan_with(kOld));
  CHECK(run_to_continue(store, plan_with(kOld))->run == first);
  CHECK(run_to_continue(store, plan_with({}))->run == first);  // nobody asked this time
  CHECK(run_to_continue(store, plan_with({.lasting = {{"owned_by", "zoo"}}}))->run == first);
  CHECK_FALSE(run_to_continue(store, plan_with(kOld, 2))->run);

  const Result<RunToContinue> upgraded = run_to_continue(store, plan_with(kNew));
  REQUIRE(upgraded);
  CHECK_FALSE(upgraded->run);
  CHECK(upgraded->of_another_server == first);
  CHECK(upgraded->changes == std::vector<std::string>{"version: 0.8.4 -> 0.9.0"});

  const reports::RunId second = added(store, plan_with(kNew));
  CHECK(run_to_continue(store, plan_with({}))->run == second);  // the newest
  REQUIRE(store.set_status(second, reports::RunStatus::complete));
  CHECK_FALSE(run_to_continue(store, plan_with({}))->run);
}

}  // namespace proctor::harness::plan
