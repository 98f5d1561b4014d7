#include "harness/comparison/fingerprint_diff.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/harness/support/scored_store.h"

namespace proctor::harness::comparison {
namespace {

using Kind = Difference::Kind;

const ScoredRun kRun{.rows = {"11", "10"}};

std::vector<Difference> against(const RunPlan& next) { return differences(plan_of(kRun), next); }

TEST_CASE("equal plans have no difference whatever their seeds and names") {
  RunPlan next = plan_of(kRun);
  next.seed = 99;
  next.model = "openai-api/renamed";
  CHECK(against(next).empty());
  CHECK(alike(plan_of(kRun), next, {}));
}

TEST_CASE("each thing that makes runs unlike is named with what it was and is") {
  struct Row {
    const char* name;
    void (*change)(RunPlan&);
    Kind kind;
    const char* text;
  };
  const Row kRows[] = {
      {"server", [](RunPlan& p) { p.config_json = R"({"server":"b","think_prefilled":false})"; },
       Kind::answerer, "server: \"openai-api fake\" -> \"b\""},
      {"endpoint", [](RunPlan& p) { p.endpoint = ""; }, Kind::answerer,
       "endpoint: \"http://127.0.0.1:1/v1\" -> \"\""},
      {"prefill",
       [](RunPlan& p) { p.config_json = R"({"server":"openai-api fake","think_prefilled":true})"; },
       Kind::recipe, "think_prefilled: false -> true"},
      {"dataset", [](RunPlan& p) { p.tasks[0].dataset_hash = "0123456789abcdef"; }, Kind::recipe,
       "-> 0123456789ab"},
      {"grader",
       [](RunPlan& p) {
         p.tasks[0].protocol_json = plan_of(kRun).tasks[0].protocol_json;
         std::string& json = p.tasks[0].protocol_json;
         json.replace(json.find("integer@1"), 9, "integer@2");
       },
       Kind::recipe, "sums: grader_id: \"integer@1\" -> \"integer@2\""},
      {"new field", [](RunPlan& p) { p.tasks[0].protocol_json.insert(1, "\"raw\":true,"); },
       Kind::recipe, "sums: raw: not set -> true"},
      {"question text", [](RunPlan& p) { p.tasks[0].questions[1].text += " "; }, Kind::recipe,
       "sums: 1 questions have the same id but another text or answer"},
      {"attachment",
       [](RunPlan& p) {
         p.tasks[0].attachments.push_back({"contest/1", "{}"});
       },
       Kind::recipe, "sums: contest/1: none -> 44136fa355b3"},
      {"task", [](RunPlan& p) { p.tasks[0].task = "other"; }, Kind::recipe,
       "sums: only base has this task"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    RunPlan next = plan_of(kRun);
    row.change(next);
    next.fingerprint += "x";
    const std::vector<Difference> found = against(next);
    REQUIRE_FALSE(found.empty());
    CAPTURE(found[0].text);
    CHECK(found[0].text.find(row.text) != std::string::npos);
    CHECK((found[0].kind == row.kind));
    CHECK_FALSE(alike(plan_of(kRun), next, found));
  }
}

RunPlan answered_by(const char* facts) {
  RunPlan plan = plan_of(kRun);
  plan.config_json = std::string(R"({"server":"openai-api fake","think_prefilled":false,)") +
                     R"("server_notes":{"system_fingerprint":"fp"},"server_facts":)" + facts + "}";
  plan.fingerprint = facts;
  return plan;
}

TEST_CASE("a server that says other things of itself is another and one that says less is not") {
  const RunPlan base = answered_by(R"({"version":"0.8.4","root":"m"})");
  const RunPlan upgraded = answered_by(R"({"version":"0.9.0","root":"m"})");
  const std::vector<Difference> found = differences(base, upgraded);
  REQUIRE(found.size() == 1);
  CHECK(found[0].text == "server_facts.version: \"0.8.4\" -> \"0.9.0\"");
  CHECK((found[0].kind == Kind::answerer));
  CHECK_FALSE(alike(base, upgraded, found));
  for (const char* less : {R"({"version":"0.8.4"})", "{}"}) {
    CAPTURE(less);
    const RunPlan next = answered_by(less);
    const std::vector<Difference> missing = differences(base, next);
    CHECK_FALSE(missing.empty());
    CHECK(alike(base, next, missing));
    CHECK(alike(next, base, differences(next, base)));
  }
}

TEST_CASE("prompts are compared byte by byte and shown by the lines that differ") {
  ScoredRun run = kRun;
  run.prompt = "Solve this:\n{problem}\nThink\tfirst, and then answer in a box.\n";
  const RunPlan base = plan_of(run);
  run.prompt = "Solve this:\n{problem}\nThink first, and then answer in a box.\n";
  const std::vector<Difference> found = differences(base, plan_of(run));
  REQUIRE(found.size() == 1);
  CHECK(found[0].text ==
        "sums: prompt:\n"
        "  - \"Think\\tfirst, and then answer in a box.\\n\"\n"
        "  + \"Think first, and then answer in a box.\\n\"");
}

TEST_CASE("other numbers of samples leave runs alike") {
  const RunPlan next = plan_of({.rows = {"1111", "1010"}});
  const std::vector<Difference> found = against(next);
  REQUIRE(found.size() == 1);
  CHECK(found[0].text == "sums: repeats: 2 -> 4");
  CHECK((found[0].kind == Kind::harmless));
  CHECK(plan_of(kRun).fingerprint != next.fingerprint);
  CHECK(alike(plan_of(kRun), next, found));
}

TEST_CASE("two models are two answerers where runs were imported and nothing else tells") {
  RunPlan base = plan_of(kRun);
  base.config_json = R"({"server":"imported/inspect","imported":{"files":[{"sha256":"aa"}]}})";
  RunPlan next = base;
  next.config_json = R"({"server":"imported/inspect","imported":{"files":[{"sha256":"bb"}]}})";
  next.fingerprint = "beef";
  CHECK(alike(base, next, differences(base, next)));
  next.model = "another";
  const std::vector<Difference> found = differences(base, next);
  REQUIRE_FALSE(found.empty());
  CHECK((found[0].kind == Kind::answerer));
  CHECK(found[0].text.starts_with("model: "));
  CHECK_FALSE(alike(base, next, found));
}

TEST_CASE("fingerprints that differ for no known reason are unlike") {
  RunPlan next = plan_of(kRun);
  next.fingerprint = "beef";
  CHECK(against(next).empty());
  CHECK_FALSE(alike(plan_of(kRun), next, {}));
}

TEST_CASE("damaged recipes are compared without harm") {
  RunPlan next = plan_of(kRun);
  next.tasks[0].protocol_json = "{\"name\":";
  CHECK_FALSE(against(next).empty());
}

}  // namespace
}  // namespace proctor::harness::comparison
