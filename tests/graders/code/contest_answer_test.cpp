#include "graders/code/contest_answer.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "graders/code/judge.h"
#include "tests/support/fake_sandbox.h"

namespace proctor::graders::code {
namespace {

using namespace std::chrono_literals;
using sandbox::Program;
using sandbox::ProgramRun;
using support::FakeSandbox;

constexpr const char* kTests =
    R"({"checker":"testlib:rcmp6","memory_limit_mb":256.0,"time_limit_s":2.0,)"
    R"("tests":[{"input":"1","output":"6\n"}]})";

// Its programs print 6 and use a second for it.
struct Fixture {
  explicit Fixture(std::string stored = kTests) : tests(std::move(stored)) {
    options.judge = &judge;
    options.language = "python3";
    options.load_tests = [this](const Question&) -> Result<std::string> { return tests; };
  }

  Result<Score> grade(const std::string& text, FinishReason finish = FinishReason::stop) {
    Generation reply;
    reply.text = text;
    reply.finish = finish;
    Question question;
    question.id = "99001/A";
    question.gold = "hash";
    return make_contest_answer(options)->grade(question, reply);
  }

  std::string tests;
  sandbox::Limits limits;
  std::chrono::milliseconds cpu = 1s;
  FakeSandbox sandbox{[this](const Program&, const sandbox::Limits& given) {
    limits = given;
    ProgramRun run;
    run.output = "6.0000001";
    run.cpu = cpu;
    return run;
  }};
  Judge judge{sandbox, {.boxes = 1}};
  GraderOptions options;
};

TEST_CASE("the last block in the asked language is judged by the problem's own terms") {
  Fixture fixture;
  const std::string reply =
      "<think>```python\nprint(1)\n```</think>\n```py\nprint(6)\n```\nor\n```cpp\nx\n```";
  const Result<Score> score = fixture.grade(reply);
  REQUIRE(score);
  CHECK(score->verdict == Verdict::correct);  // within the checker's tolerance
  CHECK(score->extracted == "print(6)");
  REQUIRE(score->span);
  CHECK(reply.substr(score->span->begin, score->span->end - score->span->begin) == "print(6)");
  CHECK(score->thinking == Thinking::closed);
  CHECK(fixture.limits.memory == 256ULL << 20);
  CHECK(fixture.limits.cpu == 2200ms);
}

TEST_CASE("the time limit is multiplied as the recipe says") {
  const std::string reply = "```python\nprint(6)\n```";
  struct Row {
    double factor;
    std::chrono::milliseconds cpu;
    Verdict verdict;
  };
  constexpr Row kRows[] = {{1, 1s, Verdict::correct},
                           {1, 3s, Verdict::wrong},
                           {2, 3s, Verdict::correct},
                           {2, 5s, Verdict::wrong},
                           {1.25, 2400ms, Verdict::correct}};
  for (const Row& row : kRows) {
    CAPTURE(row.factor);
    CAPTURE(row.cpu.count());
    Fixture fixture;
    fixture.cpu = row.cpu;
    fixture.options.time_factor = row.factor;
    const Result<Score> score = fixture.grade(reply);
    REQUIRE(score);
    CHECK(score->verdict == row.verdict);
  }
}

TEST_CASE("a reply without a block in the asked language is no answer and nothing is run") {
  Fixture fixture;
  for (const char* reply :
       {"", "print(6)", "```cpp\nx\n```", "```\nprint(6)\n```", "```python\nprint(6)",
        "<think>```python\nprint(6)\n```</think> I gave up.", "<think>```python\nprint(6)\n```"}) {
    CAPTURE(reply);
    const Result<Score> score = fixture.grade(reply);
    REQUIRE(score);
    CHECK(score->verdict == Verdict::no_answer);
    CHECK_FALSE(score->span);
    CHECK_FALSE(score->explanation.empty());
  }
  CHECK(fixture.sandbox.programs().empty());
}

TEST_CASE("what cannot be judged stays ungraded") {
  const std::string reply = "```python\nprint(6)\n```";
  CHECK_FALSE(Fixture(R"({"tests":[]})").grade(reply));
  CHECK_FALSE(Fixture("torn").grade(reply));
  CHECK_FALSE(Fixture(R"({"checker":"testlib:icmp","tests":[{"input":"","output":"six"}]})")
                  .grade(reply));  // the jury's answer is no integer
  Fixture fixture;
  fixture.options.language = "cobol";
  CHECK_FALSE(fixture.grade(reply));
  fixture.options.language = "python3";
  fixture.options.judge = nullptr;
  CHECK(fixture.grade(reply).error().message().find("no sandbox") != std::string::npos);
}

TEST_CASE("the grader of contests has an id of its own") {
  CHECK(make_contest_answer({})->id() == "code-contest@1");
}

}  // namespace
}  // namespace proctor::graders::code
