// The canary over a real socket: for each check an endpoint that fails it, and one that does not.
#include "harness/canary/canary.h"

#include <doctest/doctest.h>

#include <string>

#include "harness/canary/report.h"
#include "tests/harness/canary/imitation.h"

namespace proctor::harness::canary {
namespace {

CanarySubject subject_at(const support::FakeServer& server, const std::string& name = "parrot") {
  CanarySubject subject{.model = "openai-api/" + name};
  subject.backend.base_url = server.base_url();
  subject.backend.stream = false;
  subject.backend.max_attempts = 2;
  subject.backend.backoff_first_s = 0.001;
  subject.backend.backoff_max_s = 0.01;
  const Result<tasks::Protocol> protocol = tasks::protocol_for("r1", "math500");
  REQUIRE(protocol);
  subject.protocols.push_back(*protocol);
  return subject;
}

CanaryReport examined(const CanarySubject& subject) {
  const Result<CanaryReport> report = run_canary(subject, nullptr, {});
  INFO((report ? "" : report.error().message()));
  REQUIRE(report);
  return *report;
}

const CanaryCheck& check_of(const CanaryReport& report, std::string_view name) {
  for (const CanaryCheck& check : report.checks) {
    if (check.name == name) return check;
  }
  FAIL("no such check: " << std::string(name));
  return report.checks[0];
}

}  // namespace

TEST_CASE("an endpoint that does what is asked of it passes every check") {
  const ImitationServer fake(
      {.fingerprint = "fp_1",
       .pages = {{"/v1/models", R"({"data":[{"id":"parrot","owned_by":"zoo"}]})"},
                 {"/version", R"({"version":"0.8.4"})"}}});
  const CanaryReport report = examined(subject_at(fake.server));
  INFO(format_canary(report, "parrot"));
  CHECK((report.outcome() == Outcome::passed));
  CHECK(report.requests == 6);
  CHECK(report.prompt_tokens == 6 * 20);
  CHECK(report.completion_tokens == 5 * 48 + 12);
  using Facts = std::map<std::string, std::string>;
  CHECK(report.server.lasting == Facts{{"owned_by", "zoo"}, {"version", "0.8.4"}});
  CHECK(report.server.passing == Facts{{"system_fingerprint", "fp_1"}});
}

TEST_CASE("an endpoint that fails one check fails that check alone") {
  struct Row {
    const char* check;
    Manners manners;
    Outcome outcome;
    const char* detail;
  };
  const Row kRows[] = {
      {"endpoint", {.refuses_status = 400}, Outcome::refused, "too long for me"},
      {"model", {.model = "canary"}, Outcome::remarked, "answered by \"canary\""},
      {"max_tokens", {.heeds_limit = false}, Outcome::remarked, "limited to 48 tokens has 192"},
      {"max_tokens",
       {.heeds_limit = false, .tells_usage = false},
       Outcome::remarked,
       "limited to 48 tokens has"},
      {"max_tokens", {.admits_cut = false}, Outcome::remarked, "says that it ended by itself"},
      {"max_tokens", {.ends_early = true}, Outcome::remarked, "not shown"},
      {"temperature",
       {.heeds_temperature = false},
       Outcome::remarked,
       "repeats would tell nothing"},
      {"temperature", {.repeats_at_0 = false}, Outcome::remarked, "two replies at 0 differ"},
      {"seed", {.heeds_seed = false}, Outcome::remarked, "same seed differ"},
      {"thinking", {.thought = Thought::closing_only}, Outcome::refused, "say --think-prefilled"},
      {"thinking", {.thought = Thought::endless}, Outcome::remarked, "not shown"},
      {"context",
       {.pages = {{"/v1/models", R"({"data":[{"id":"parrot","max_model_len":32768}]})"}}},
       Outcome::refused,
       "up to 32768 tokens leave no room for a prompt in the server's context of 32768"},
      {"usage", {.tells_usage = false}, Outcome::remarked, "not reported"},
      {"sampling",
       {.pages = {{"/v1/models", R"({"data":[{"id":"parrot","owned_by":"llamacpp"}]})"}}},
       Outcome::remarked,
       "llama-server/parrot"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.check);
    CAPTURE(row.detail);
    const ImitationServer fake(row.manners);
    const CanaryReport report = examined(subject_at(fake.server));
    INFO(format_canary(report, "parrot"));
    const CanaryCheck& check = check_of(report, row.check);
    CHECK((check.outcome == row.outcome));
    CHECK(check.detail.find(row.detail) != std::string::npos);
    CHECK((report.outcome() == row.outcome));
    for (const CanaryCheck& other : report.checks) {
      if (other.name == row.check || row.manners.tells_usage == false) continue;
      CAPTURE(other.name);
      CHECK((other.outcome <= Outcome::skipped));
    }
  }
}

TEST_CASE("a context that is too small is refused before anything is asked") {
  const ImitationServer fake(
      {.pages = {{"/props", R"({"default_generation_settings":{"n_ctx":2048}})"}}});
  CanarySubject subject = subject_at(fake.server);
  CHECK((examined(subject).outcome() == Outcome::refused));
  CHECK(examined(subject).requests == 0);
  CHECK(fake.imitation.replies() == 0);
  subject.protocols[0].sampling.max_tokens = 2047;  // no room for the 20 tokens of a prompt
  CHECK((examined(subject).outcome() == Outcome::refused));
  CHECK(fake.imitation.replies() == 6);
  subject.protocols[0].sampling.max_tokens = 2000;
  const CanaryReport report = examined(subject);
  CHECK((report.outcome() == Outcome::passed));
  CHECK(report.server.context == 2048);
}

TEST_CASE("where thinking stands is compared with what the run takes for granted") {
  struct Row {
    Thought thought;
    bool prefilled;
    Outcome outcome;
  };
  constexpr Row kRows[] = {
      {Thought::none, false, Outcome::passed},  {Thought::tagged, false, Outcome::passed},
      {Thought::apart, false, Outcome::passed}, {Thought::closing_only, false, Outcome::refused},
      {Thought::none, true, Outcome::remarked}, {Thought::tagged, true, Outcome::refused},
      {Thought::apart, true, Outcome::passed},  {Thought::closing_only, true, Outcome::passed},
  };
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.thought));
    CAPTURE(row.prefilled);
    const ImitationServer fake({.thought = row.thought});
    CanarySubject subject = subject_at(fake.server);
    subject.think_prefilled = row.prefilled;
    const CanaryReport report = examined(subject);
    CHECK((check_of(report, "thinking").outcome == row.outcome));
    CHECK((report.outcome() == row.outcome));
  }
}

TEST_CASE("a reply that reaches the end of the context must stop there") {
  struct Row {
    const char* name;
    void (*change)(Manners&);
    Outcome outcome;
    const char* detail;
  };
  const Row kRows[] = {
      {"cut", [](Manners&) {}, Outcome::passed, "cut at 1000 of 1000 tokens"},
      {"shifted", [](Manners& m) { m.shifts_context = true; }, Outcome::remarked, "drops the"},
      {"not said", [](Manners& m) { m.admits_cut = false; }, Outcome::remarked, "ended by itself"},
      {"early", [](Manners& m) { m.ends_early = true; }, Outcome::remarked, "not shown"},
      {"refused", [](Manners& m) { m.answers = 8; }, Outcome::passed, "enough"},
      {"uncounted", [](Manners& m) { m.tells_usage = false; }, Outcome::remarked, "not reported"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    Manners manners{
        .context = 1000,
        .pages = {{"/v1/models", R"({"data":[{"id":"parrot","max_model_len":1000}]})"}}};
    row.change(manners);
    const ImitationServer fake(manners);
    CanarySubject subject = subject_at(fake.server);
    subject.protocols[0].sampling.max_tokens = 500;
    CHECK(examined(subject).checks.back().name != "context end");  // unless it is asked for
    subject.fill_context = true;
    const ImitationServer again(manners);
    subject.backend.base_url = again.server.base_url();
    const CanaryReport report = examined(subject);
    INFO(format_canary(report, "parrot"));
    const CanaryCheck& check = check_of(report, "context end");
    CHECK((check.outcome == row.outcome));
    CHECK(check.detail.find(row.detail) != std::string::npos);
  }
}

TEST_CASE("raw prompts are probed beside chat messages and go past the chat template") {
  std::vector<tasks::Protocol> protocols;
  const Result<tasks::Protocol> chat = tasks::protocol_for("r1", "math500");
  REQUIRE(chat);
  protocols.assign(2, *chat);
  CHECK(probes_for(protocols, {}, 0).size() == 6);
  protocols[1].raw = true;
  const std::vector<Probe> probes = probes_for(protocols, {}, 0);
  REQUIRE(probes.size() == 7);
  CHECK(probes[5].protocol == 0);
  CHECK(probes[6].protocol == 1);
  CHECK(probes[6].request.prompt[0].role == "raw");

  // The template opens <think>, which the raw prompt does not.
  Generation closing;
  closing.text = "Two and three.</think>5";
  Generation tagged;
  tagged.text = "<think>Two and three.</think>5";
  const Result<Generation> replies[] = {closing, tagged};
  const ProbeReply thinking[] = {{probes[5], replies[0]}, {probes[6], replies[1]}};
  const backends::ServerFacts silent;
  for (const bool prefilled : {true, false}) {
    CAPTURE(prefilled);
    const std::vector<CanaryCheck> checks = judge_canary({.think_prefilled = prefilled,
                                                          .protocols = protocols,
                                                          .replies = thinking,
                                                          .server = silent});
    for (const CanaryCheck& check : checks) {
      if (check.name == "thinking (raw)") CHECK((check.outcome == Outcome::passed));
      if (check.name != "thinking") continue;
      CHECK((check.outcome == (prefilled ? Outcome::passed : Outcome::refused)));
    }
  }
}

TEST_CASE("thinking tokens come on top of what a probe needs and probes go without a temperature") {
  const Result<tasks::Protocol> chat = tasks::protocol_for("r1", "gpqa");
  REQUIRE(chat);
  const std::vector<Probe> probes =
      probes_for(std::span(&*chat, 1), {.temperature = false, .seed = false}, 1024);
  REQUIRE(probes.size() == 2);
  CHECK(probes[0].request.sampling.max_tokens == 48 + 1024);
  CHECK(probes[1].request.sampling.max_tokens == 1024 + 1024);
  const std::string& prompt = probes[1].request.prompt.back().content;
  CHECK(prompt.find("What is 2 + 3?") != std::string::npos);
  CHECK(prompt.find("{A}") == std::string::npos);  // its options are there
}

TEST_CASE("servers that share the load are compared with each other") {
  const ImitationServer one({.pages = {{"/version", R"({"version":"1"})"}}});
  const ImitationServer other({.pages = {{"/version", R"({"version":"2"})"}}});
  CanarySubject subject = subject_at(one.server);
  subject.backend.base_url += " " + other.server.base_url();
  const CanaryReport report = examined(subject);
  CHECK((report.outcome() == Outcome::remarked));
  CHECK(check_of(report, "servers").detail.find("version: 1 | 2") != std::string::npos);
  CHECK(one.imitation.replies() + other.imitation.replies() == 6);
}

TEST_CASE("a probe that alone is refused costs its own check and no other") {
  const ImitationServer fake({.refuses_temperature_0 = 422});
  const CanaryReport report = examined(subject_at(fake.server));
  INFO(format_canary(report, "parrot"));
  CHECK((report.outcome() == Outcome::remarked));
  CHECK((check_of(report, "temperature").outcome == Outcome::remarked));
  CHECK((check_of(report, "endpoint").outcome == Outcome::passed));
  CHECK((check_of(report, "seed").outcome == Outcome::passed));
  CHECK(check_of(report, "max_tokens").detail.find("not at 0") != std::string::npos);
}

TEST_CASE("what a model takes no field for is not checked") {
  const ImitationServer fake;
  CanarySubject subject = subject_at(fake.server);
  subject.model = "deepseek/deepseek-chat";  // takes a temperature and no seed
  subject.backend.api_key = "sk-0";
  const CanaryReport report = examined(subject);
  CHECK(report.requests == 5);
  CHECK((check_of(report, "seed").outcome == Outcome::skipped));
  CHECK((check_of(report, "model").outcome == Outcome::remarked));
  CHECK(report.server.lasting.at("replies_as") == "parrot");
}

TEST_CASE("a server that knows no such model or is not there is an error") {
  {
    const support::FakeServer server([](const support::HttpRequest&) {
      return support::respond_json(404, R"({"error":{"message":"no model parrot"}})");
    });
    const Result<CanaryReport> report = run_canary(subject_at(server), nullptr, {});
    REQUIRE_FALSE(report);
    CHECK((report.error().code() == ErrorCode::refused));
    CHECK(report.error().message().find("no model parrot") != std::string::npos);
  }
  CanarySubject subject = [] {
    const support::FakeServer gone([](const support::HttpRequest&) { return support::Answer{}; });
    return subject_at(gone);
  }();
  subject.backend.deadline_s = 0.2;
  const Result<CanaryReport> report = run_canary(subject, nullptr, {});
  REQUIRE_FALSE(report);
  CHECK((report.error().code() == ErrorCode::transport));
}

TEST_CASE("the canary's requests are charged to the budget and must have room in it") {
  const ImitationServer fake;
  const CanarySubject subject = subject_at(fake.server);
  const Result<CanaryCost> cost = canary_cost(subject);
  REQUIRE(cost);
  CHECK(cost->requests == 6);
  CHECK(cost->max_tokens == 5 * 48 + 1024);
  const spending::Price price{
      .input = 0, .cached_input = 0, .output = 1'000'000};  // a dollar a token
  spending::Spending enough(price, static_cast<double>(cost->max_tokens));
  REQUIRE(run_canary(subject, &enough, {}));
  CHECK(enough.spent() == doctest::Approx(5 * 48 + 12));
  spending::Spending little(price, static_cast<double>(cost->max_tokens - 1));
  const Result<CanaryReport> refused = run_canary(subject, &little, {});
  REQUIRE_FALSE(refused);
  CHECK((refused.error().code() == ErrorCode::invalid_input));
  CHECK(fake.imitation.replies() == 6);
}

TEST_CASE("the built-in engine passes the canary when asked to") {
  CanarySubject subject{.model = "tiny"};
  subject.backend.threads = 1;
  Result<tasks::Protocol> protocol = tasks::protocol_for("r1", "math500");
  REQUIRE(protocol);
  protocol->sampling.max_tokens = 64;
  subject.protocols.push_back(*protocol);
  const CanaryReport report = examined(subject);
  INFO(format_canary(report, "tiny"));
  CHECK((report.outcome() < Outcome::refused));
  CHECK((check_of(report, "seed").outcome == Outcome::passed));
  CHECK((check_of(report, "temperature").outcome == Outcome::passed));
}

}  // namespace proctor::harness::canary
