#include "graders/code/code_answer.h"

#include <doctest/doctest.h>

#include <string>

#include "graders/code/judge.h"
#include "tests/support/fake_sandbox.h"

namespace proctor::graders::code {
namespace {

using sandbox::Program;
using sandbox::ProgramRun;
using support::FakeSandbox;

constexpr const char* kTests =
    R"({"tests":[{"input":"1","output":"6\n"},{"input":"2","output":"7\n"}]})";

// Its programs print 6 for every input, or end as `ending` says.
struct Fixture {
  explicit Fixture(Result<ProgramRun> run)
      : sandbox([run](const Program&, const sandbox::Limits&) { return run; }),
        judge(sandbox, {.boxes = 2}) {
    options.judge = &judge;
    options.load_tests = [this](const Question& question) -> Result<std::string> {
      if (question.gold != "hash") return Error(ErrorCode::not_found, "no such tests");
      return tests;
    };
  }

  Result<Score> grade(const std::string& reply, const std::string& gold = "hash") {
    Generation generation;
    generation.text = reply;
    Question question;
    question.id = "abc301_a";
    question.gold = gold;
    return make_code_answer(options)->grade(question, generation);
  }

  std::string tests = kTests;
  FakeSandbox sandbox;
  Judge judge;
  GraderOptions options;
};

ProgramRun printing(std::string output) {
  ProgramRun run;
  run.output = std::move(output);
  return run;
}

TEST_CASE("a reply is right when its program passes all tests") {
  Fixture fixture(printing("6.0"));
  fixture.tests = R"({"tests":[{"input":"1","output":"6\n"}]})";
  const Result<Score> score = fixture.grade("<think>x</think>\n```python\nprint(6)\n```\n");
  REQUIRE(score);
  CHECK(score->verdict == Verdict::correct);
  CHECK(score->extracted == "print(6)");
  REQUIRE(score->span);
  CHECK(*score->span == Span{27, 35});
  CHECK(score->thinking == Thinking::closed);
  CHECK(score->explanation.starts_with("AC: 1 tests"));
}

TEST_CASE("a reply is wrong when a test fails and the score says which") {
  Fixture fixture(printing("6"));
  const Result<Score> score = fixture.grade("```\nprint(6)\n```");
  REQUIRE(score);
  CHECK(score->verdict == Verdict::wrong);
  CHECK(score->explanation.starts_with("WA on test 2 of 2: line 1: expected \"7\", found \"6\""));
  const std::vector<Program> programs = fixture.sandbox.programs();
  REQUIRE_FALSE(programs.empty());
  CHECK(programs[0].warm);
}

TEST_CASE("a reply without a program is no answer and nothing is run for it") {
  Fixture fixture(printing("6"));
  for (const char* reply : {"", "42", "```\n```", "```python\nprint(6)"}) {
    CAPTURE(reply);
    const Result<Score> score = fixture.grade(reply);
    REQUIRE(score);
    CHECK(score->verdict == Verdict::no_answer);
    CHECK_FALSE(score->span);
  }
  CHECK(fixture.sandbox.programs().empty());
}

TEST_CASE("what we cannot judge stays ungraded") {
  const std::string reply = "```\nprint(6)\n```";
  Fixture broken(Error(ErrorCode::unavailable, "no box"));
  const Result<Score> unrun = broken.grade(reply);
  REQUIRE_FALSE(unrun);
  CHECK(unrun.error().code() == ErrorCode::unavailable);
  CHECK(unrun.error().message().find("no box") != std::string::npos);
  CHECK(unrun.error().message().starts_with("question \"abc301_a\": "));

  Fixture fixture(printing("6"));
  CHECK(fixture.grade(reply, "other").error().message() == "question \"abc301_a\": no such tests");
  fixture.tests = R"({"tests":[]})";
  CHECK_FALSE(fixture.grade(reply));
  fixture.tests = "torn";
  CHECK_FALSE(fixture.grade(reply));
  fixture.options.judge = nullptr;
  CHECK(fixture.grade(reply).error().message().find("no sandbox") != std::string::npos);
}

TEST_CASE("the two ways of running have ids of their own") {
  CHECK(make_code_answer({})->id() == "code-lcb@1");
  CHECK(make_lcb_compat_answer({})->id() == "code-lcb-compat@1");
}

}  // namespace
}  // namespace proctor::graders::code
