// The canary as users meet it: `doctor --model`, and as the first step of `run` and `resume`.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "harness/process/exit_code.h"
#include "reports/store.h"
#include "tests/harness/canary/imitation.h"
#include "tests/harness/support/verb_in_process.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::canary {
namespace {

using nlohmann::json;

support::ChildEnd program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), PROCTOR_BINARY);
  const Result<support::ChildEnd> end = support::run_child(arguments);
  REQUIRE(end);
  return *end;
}

std::vector<std::string> doctor_of(const ImitationServer& fake,
                                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "doctor",     "--model", "openai-api/parrot", "--base-url", fake.server.base_url(),
      "--no-stream"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Of the ten questions that the program brings along, one reply each.
std::vector<std::string> run_of(const ImitationServer& fake, const support::TempDir& dir,
                                const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run",
                                        "quickstart-math",
                                        "--samples",
                                        "1",
                                        "--model",
                                        "openai-api/parrot",
                                        "--base-url",
                                        fake.server.base_url(),
                                        "--no-stream",
                                        "--db",
                                        (dir / "runs.db").string(),
                                        "--quiet",
                                        "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json config_of(const support::TempDir& dir, reports::RunId run) {
  Result<reports::Store> store = reports::Store::open_for_reading(dir / "runs.db");
  REQUIRE(store);
  const Result<RunPlan> plan = store->plan(run);
  REQUIRE(plan);
  return json::parse(plan->config_json);
}

std::size_t runs_in(const support::TempDir& dir) {
  Result<reports::Store> store = reports::Store::open_for_reading(dir / "runs.db");
  return store ? store->runs()->size() : 0;
}

Manners of_version(const char* version) {
  return {.pages = {{"/version", std::string(R"({"version":")") + version + "\"}"}}};
}

}  // namespace

TEST_CASE("doctor examines a model and says what it found as text and as JSON") {
  const ImitationServer sound(of_version("0.8.4"));
  const support::ChildEnd text = program(doctor_of(sound));
  INFO(text.err);
  CHECK(text.exit_code == kDone);
  CHECK(text.out.find("max_tokens           passed    replies are cut at 48 tokens and say so") !=
        std::string::npos);
  CHECK(text.out.find("version              0.8.4") != std::string::npos);
  CHECK(text.out.ends_with("a run may begin\n"));

  const ImitationServer unfit({.thought = Thought::closing_only});
  const support::ChildEnd refused = program(doctor_of(unfit, {"--json"}));
  CHECK(refused.exit_code == kBadUsage);
  const json report = json::parse(refused.out);
  CHECK(report["outcome"] == "refused");
  CHECK(report["requests"] == 6);
  CHECK(program(doctor_of(unfit, {"--think-prefilled"})).exit_code == kDone);
}

TEST_CASE("doctor says why it cannot examine a model") {
  const support::ChildEnd unknown = program({"doctor", "--model", "parrot"});
  CHECK(unknown.exit_code == kBadUsage);
  CHECK(unknown.err.find("not a model spec") != std::string::npos);
  const support::ChildEnd gone =
      program({"doctor", "--model", "openai-api/parrot", "--base-url", "http://127.0.0.1:1/v1",
               "--deadline", "1", "--backoff", "0.01", "--json"});
  CHECK(gone.exit_code == kCannot);
  CHECK(json::parse(gone.out)["outcome"] == "no answer");
}

TEST_CASE("a run is examined first and keeps what was found") {
  const support::TempDir dir;
  Manners manners = of_version("0.8.4");
  manners.heeds_seed = false;
  const ImitationServer fake(manners);
  const support::ChildEnd end = program(run_of(fake, dir));
  INFO(end.err);
  CHECK(end.exit_code == kDone);
  CHECK(end.err.find("warning: canary: seed: two replies with the same seed differ") !=
        std::string::npos);
  CHECK(fake.imitation.replies() == 6 + json::parse(end.out)["tasks"][0]["replies"].get<int>());
  const json config = config_of(dir, 1);
  CHECK(config["server_facts"] == json{{"version", "0.8.4"}});
  CHECK(config["canary"]["outcome"] == "remarked");
  CHECK(config["canary"]["checks"].size() > 5);
}

TEST_CASE("a run that would be misjudged is refused and nothing more is asked") {
  const support::TempDir dir;
  const ImitationServer fake({.thought = Thought::closing_only});
  const support::ChildEnd end = program(run_of(fake, dir));
  CHECK(end.exit_code == kBadUsage);
  CHECK(end.err.find("say --think-prefilled") != std::string::npos);
  CHECK(fake.imitation.replies() == 6);
  CHECK(runs_in(dir) == 0);

  const support::ChildEnd forced = program(run_of(fake, dir, {"--no-canary"}));
  INFO(forced.err);
  CHECK(forced.exit_code == kDone);
  CHECK(fake.imitation.replies() == 6 + json::parse(forced.out)["tasks"][0]["replies"].get<int>());
  CHECK(!config_of(dir, 1).contains("canary"));
}

TEST_CASE("a run is not continued by a server that says other things of itself") {
  const support::TempDir dir;
  const auto resume = [&](const ImitationServer& fake, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "resume", "1", "--base-url", fake.server.base_url(), "--db", (dir / "runs.db").string(),
        "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program(arguments);
  };
  {
    Manners manners = of_version("0.8.4");
    manners.answers = 6 + 2;  // the canary, and two of the run's three questions
    const ImitationServer fake(manners);
    const support::ChildEnd begun = program(run_of(fake, dir, {"--limit", "3"}));
    INFO(begun.err);
    CHECK(begun.exit_code == kIncomplete);
  }

  const ImitationServer upgraded(of_version("0.9.0"));
  const support::ChildEnd refused = resume(upgraded);
  CHECK(refused.exit_code == kBadUsage);
  CHECK(refused.err.find("(version: 0.8.4 -> 0.9.0)") != std::string::npos);
  CHECK(upgraded.imitation.replies() == 6);

  const ImitationServer same(of_version("0.8.4"));
  const support::ChildEnd resumed = resume(same);
  INFO(resumed.err);
  CHECK(resumed.exit_code == kDone);
  CHECK(same.imitation.replies() == 6 + 1);
  CHECK(resume(same).exit_code == kDone);  // nothing is left to ask, so that nothing is examined
  CHECK(same.imitation.replies() == 6 + 1);
}

TEST_CASE("a plan that has only to be graded asks its server nothing") {
  const support::TempDir dir;
  const ImitationServer fake(of_version("0.8.4"));
  REQUIRE(program(run_of(fake, dir)).exit_code == kDone);
  const int asked = fake.imitation.replies();
  {
    Result<reports::Store> store = reports::Store::open_for_writing(dir / "runs.db");
    REQUIRE(store);
    REQUIRE(store->set_status(1, reports::RunStatus::open));  // as if it had died at its end
  }
  const support::ChildEnd end = program(run_of(fake, dir));
  INFO(end.err);
  CHECK(end.exit_code == kDone);
  CHECK(end.err.find("continuing run 1") != std::string::npos);
  CHECK(fake.imitation.replies() == asked);
  CHECK(runs_in(dir) == 1);
}

TEST_CASE("a file that is no response cache is found before anything is asked") {
  const support::TempDir dir;
  const ImitationServer fake;
  const std::string file = dir.write("cache", "something else, longer than a header").string();
  const support::ChildEnd end = program(run_of(fake, dir, {"--response-cache", file}));
  CHECK(end.exit_code != kDone);
  CHECK(end.err.find("--response-cache: " + file) != std::string::npos);
  CHECK(fake.imitation.replies() == 0);
}

TEST_CASE("a report has the canary's remarks") {
  const support::TempDir dir;
  Manners manners;
  manners.heeds_seed = false;
  const ImitationServer fake(manners);
  const support::ChildEnd end = program(run_of(fake, dir));
  REQUIRE(end.exit_code == kDone);
  constexpr const char* kRemark = "seed: two replies with the same seed differ";
  const json remarks = json::parse(end.out)["canary_remarks"];
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].get<std::string>().starts_with(kRemark));
  for (const char* format : {"table", "markdown"}) {
    CAPTURE(format);
    const support::ChildEnd report =
        program({"report", "1", "--format", format, "--db", (dir / "runs.db").string()});
    CHECK(report.out.find(kRemark) != std::string::npos);
  }
  const ImitationServer sound;
  const support::ChildEnd without = program(run_of(sound, dir, {"--fresh"}));
  CHECK(json::parse(without.out)["canary_remarks"].empty());
}

TEST_CASE("what the canary of a begun run took counts when it goes on within a budget") {
  const support::TempDir dir;
  const ImitationServer fake;
  const std::string prices =
      dir.write("prices.json", R"({"models": {"openai-api/*": {"input": 0, "output": 1000}}})")
          .string();
  REQUIRE(program(run_of(fake, dir)).exit_code == kDone);
  const json canary = config_of(dir, 1)["canary"];
  const support::ChildEnd report =
      program({"report", "1", "--json", "--prices", prices, "--db", (dir / "runs.db").string()});
  const double spent = json::parse(report.out)["cost_usd"].get<double>() +
                       canary["completion_tokens"].get<double>() / 1000;
  CHECK(canary["completion_tokens"] > 0);
  const support::ChildEnd end = program({"resume", "1", "--prices", prices, "--budget-usd", "50",
                                         "--db", (dir / "runs.db").string()});
  INFO(end.err);
  CHECK(end.err.find(fmt::format("proctor: {:.4f} of 50.0000 dollars of the budget are left",
                                 50 - spent)) != std::string::npos);
}

TEST_CASE("a canary takes no more than earlier processes left of the budget") {
  const support::TempDir dir;
  const std::string prices =
      dir.write("prices.json", R"({"models": {"openai-api/*": {"input": 0, "output": 1000}}})")
          .string();
  Manners manners;
  manners.answers = 6 + 2;  // the canary, and two of the run's three questions
  const ImitationServer begun(manners);
  const support::ChildEnd first = program(run_of(begun, dir, {"--limit", "3"}));
  REQUIRE(first.exit_code == kIncomplete);
  const ImitationServer fake;
  const auto resume = [&](const char* budget) {
    return program({"resume", "1", "--base-url", fake.server.base_url(), "--prices", prices,
                    "--budget-usd", budget, "--db", (dir / "runs.db").string(), "--quiet"});
  };
  // The probes' worst cases, 1.264 dollars, fit into the budget, but not beside what is spent.
  const support::ChildEnd refused = resume("1.3");
  INFO(refused.err);
  CHECK(refused.exit_code == kBadUsage);
  CHECK(refused.err.find("leave no room for the canary's 6 requests") != std::string::npos);
  CHECK(fake.imitation.replies() == 0);
  CHECK(resume("100").exit_code == kDone);
  CHECK(fake.imitation.replies() == 6 + 1);
}

TEST_CASE("runs by unlike servers are compared only when told so") {
  const support::TempDir dir;
  const auto done = [&](const ImitationServer& fake, const std::vector<std::string>& more) {
    const support::ChildEnd end = program(run_of(fake, dir, more));
    INFO(end.err);
    REQUIRE(end.exit_code == kDone);
  };
  // One address for both, as when a server is upgraded.
  ImitationServer fake(of_version("0.8.4"));
  done(fake, {"--fresh"});
  done(fake, {"--fresh", "--no-canary"});
  fake.imitation.set_pages(of_version("0.9.0").pages);
  done(fake, {"--fresh"});
  const auto compare = [&](const char* base, const char* next) {
    return program({"compare", base, next, "--db", (dir / "runs.db").string()});
  };
  CHECK(compare("1", "2").exit_code == kDone);  // one of them does not know its server
  const support::ChildEnd unlike = compare("1", "3");
  CHECK(unlike.exit_code == kBadUsage);
  CHECK((unlike.out + unlike.err).find("server_facts.version: \"0.8.4\" -> \"0.9.0\"") !=
        std::string::npos);
}

TEST_CASE("a dry run names the canary's requests and asks nothing") {
  const support::TempDir dir;
  const ImitationServer fake;
  const support::ChildEnd end = program(run_of(fake, dir, {"--dry-run"}));
  CHECK(end.exit_code == kDone);
  CHECK(end.err.find("canary: 6 requests first") != std::string::npos);
  const support::ChildEnd without = program(run_of(fake, dir, {"--dry-run", "--no-canary"}));
  CHECK(without.err.find("canary") == std::string::npos);
  CHECK(json::parse(end.out)["canary"]["requests"] == 6);
  CHECK(json::parse(end.out)["canary"]["most_new_tokens"] > 0);
  CHECK(json::parse(without.out)["canary"].is_null());
  CHECK(fake.server.counters().requests == 0);
}

}  // namespace proctor::harness::canary
