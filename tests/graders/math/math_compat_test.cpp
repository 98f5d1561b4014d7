#include "graders/math/math_compat.h"

#include <doctest/doctest.h>

#include "graders/grader.h"

namespace proctor::graders {
namespace {

Score grade(std::string_view grader, std::string gold, std::string reply) {
  const Result<std::unique_ptr<Grader>> made = make_grader(grader, {});
  REQUIRE(made);
  const Question question{.id = "q", .text = "", .gold = std::move(gold), .attributes = {}};
  Generation generation;
  generation.text = std::move(reply);
  const Result<Score> score = (*made)->grade(question, generation);
  REQUIRE(score);
  return *score;
}

}  // namespace

TEST_CASE("the ladder of open-r1 finds answers by its levels over the whole reply") {
  struct Row {
    const char* reply;
    const char* extracted;
    const char* level;
  };
  constexpr Row kRows[] = {
      {"Therefore, the final answer is: $\\boxed{5}$. I hope it is correct", "\\boxed{5}",
       "level 0"},
      {"the final answer is 5. I hope it is correct. \\boxed{6}", "5", "level 0"},
      {"The final answer to this is $5$. Also \\boxed{6}.", "5", "level 50"},
      {"The final answer is 7/2", "7/2", "level 50"},
      {"\\boxed{4} and then \\boxed{5}. The answer: 6", "5", "level 55"},
      {"Answer: about $6$ or so, from $1$ to $9$", "6", "level 100"},
      {"Answer: 3 + 4 = 7", "7", "level 100"},
      {"so the answer must be 8 then, as 9 is odd", "8", "level 200"},
      {"We get $x = 3$ and then 12 of them", "12", "level 300"},
      {"We get 12 and then $\\frac{1}{2}$", "\\frac{1}{2}", "level 300"},
      // thinking is searched too, unfinished or not
      {"<think>The final answer is 5. I hope so</think>\\boxed{6}", "5", "level 0"},
      {"<think>so \\boxed{4}, wait", "4", "level 55"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    const Score score = grade("math-openr1", "5", row.reply);
    CHECK(score.extracted == row.extracted);
    CHECK(score.explanation.substr(0, score.explanation.find(':')) == row.level);
    const bool five = score.canonical == "5";
    CHECK((score.verdict == Verdict::correct) == five);
  }
  CHECK(grade("math-openr1", "5", "nothing here").verdict == Verdict::no_answer);
  CHECK(grade("math-openr1", "5", "").verdict == Verdict::no_answer);
}

TEST_CASE("what the ladder finds is compared as mathematics") {
  CHECK(grade("math-openr1", "\\frac{1}{2}", "\\boxed{0.5}").verdict == Verdict::correct);
  CHECK(grade("math-openr1", "025", "final answer is 25. I hope").verdict == Verdict::correct);
  CHECK(grade("math-openr1", "\\frac{1}{2}", "\\boxed{\\frac{1}{3}}").verdict == Verdict::wrong);
}

TEST_CASE("the first answer line is what simple-evals compares") {
  CHECK(grade("math-simple-evals", "5", "Answer: 5\nAnswer: 6").verdict == Verdict::correct);
  CHECK(grade("math-simple-evals", "5", "Answer: 6\nAnswer: 5").verdict == Verdict::wrong);
  CHECK(grade("math-simple-evals", "5", "ANSWER :\n\n$5$.").verdict == Verdict::correct);
  CHECK(grade("math-simple-evals", "5", "**Answer: 5**").verdict == Verdict::correct);
  CHECK(grade("math-simple-evals", "5", "\\boxed{5}").verdict == Verdict::no_answer);
  const Score score = grade("math-simple-evals", "5", "so\nAnswer: $5$");
  CHECK(score.extracted == "$5$");
  CHECK(score.span == Span{11, 14});
}

}  // namespace proctor::graders
