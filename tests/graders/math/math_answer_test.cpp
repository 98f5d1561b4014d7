#include "graders/math/math_answer.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace proctor::graders {
namespace {

Result<Score> grade(const std::string& gold, const std::string& text,
                    FinishReason finish = FinishReason::stop) {
  Generation reply;
  reply.text = text;
  reply.finish = finish;
  return make_math_answer({})->grade({.id = "q1", .text = "", .gold = gold, .attributes = {}},
                                     reply);
}

TEST_CASE("mathematical answers are right when they are equal however they are written") {
  struct Row {
    const char *gold, *reply;
    Verdict verdict;
    const char *extracted, *canonical;
  };
  constexpr Row kRows[] = {
      {"\\frac{1}{2}", "It is $\\boxed{\\dfrac12}$.", Verdict::correct, "\\dfrac12", "1/2"},
      {"\\frac{1}{2}", "\\boxed{0.5}", Verdict::correct, "0.5", "1/2"},
      {"\\frac{1}{2}", "\\boxed{2/1}", Verdict::wrong, "2/1", "2"},
      {"\\text{(C)}", "\\boxed{(C)}", Verdict::correct, "(C)", "C"},
      {"\\text{(C)}", "The answer is D.", Verdict::wrong, "D", "D"},
      {"5", "\\boxed{\\boxed{5}}", Verdict::correct, "\\boxed{5}", "5"},
      {"$x+1$", "The answer is $x + 1$.", Verdict::correct, "$x + 1$", "$x + 1$"},
      {"5", "draft \\boxed{4}</think>So \\boxed{5}", Verdict::correct, "5", "5"},
      {"4", "draft \\boxed{4}</think>So \\boxed{5}", Verdict::wrong, "5", "5"},
      {"So it is \\boxed{5}.", "\\boxed{5}", Verdict::correct, "5", "5"},
      {"3, 8", "$\\boxed{8}$ and $\\boxed{3}$", Verdict::correct, "8}$ and $\\boxed{3", "8, 3"},
      {"5", "I do not know.", Verdict::no_answer, "", ""},
      {"5", "<think>\\boxed{5}", Verdict::no_answer, "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.reply);
    const Result<Score> score = grade(row.gold, row.reply);
    REQUIRE(score);
    CHECK(name_of(score->verdict) == name_of(row.verdict));
    CHECK(score->extracted == row.extracted);
    CHECK(score->canonical == row.canonical);
  }
}

TEST_CASE("an explanation names the rung and the comparison and the place") {
  const Result<Score> score = grade("1/2", "so \\boxed{0.5}");
  REQUIRE(score);
  CHECK(score->explanation.starts_with("box: equal to 1/2 ("));
  CHECK(score->explanation.ends_with("), at bytes 10 to 13"));
  CHECK(score->span == Span{10, 13});
  CHECK(grade("5", "no idea")->explanation == "nothing in it commits to an answer");
}

TEST_CASE("what cannot be decided is undecided and not wrong") {
  const Result<Score> score = grade("1", "\\boxed{\\int_0^1 f(x) dx}");
  REQUIRE(score);
  CHECK(score->verdict == Verdict::undecided);
  CHECK(grade("1", "\\boxed{\\foo@@}")->verdict == Verdict::wrong);
}

TEST_CASE("a cut reply is graded by what it committed to") {
  CHECK(grade("7", "the sum is 7. Then", FinishReason::length)->verdict == Verdict::no_answer);
  CHECK(grade("7", "so \\boxed{7}. Then", FinishReason::length)->verdict == Verdict::correct);
}

TEST_CASE("a gold without content is an error that names the question") {
  for (const char* gold : {"", "$ $", " \n"}) {
    const Result<Score> score = grade(gold, "\\boxed{5}");
    REQUIRE_FALSE(score);
    CHECK(score.error().code() == ErrorCode::invalid_input);
    CHECK(score.error().message().find("q1") != std::string::npos);
  }
}

TEST_CASE("golds that are solutions or letters with words are read for their answers") {
  struct Row {
    const char *gold, *reply;
    Verdict verdict;
  };
  constexpr Row kRows[] = {
      {"Add both and the answer is 12.", "\\boxed{12}", Verdict::correct},
      {"Add both and the answer is 12.", "\\boxed{21}", Verdict::wrong},
      {"It is $\\boxed{3}$ or $\\boxed{4}$.", "\\boxed{4, 3}", Verdict::correct},
      {"The rest follows and the answer is\n(C) Cecile", "C", Verdict::correct},
      {"(D) Alina", "The answer is D", Verdict::correct},
      {"(D) Alina", "The answer is C", Verdict::wrong},
      {"$21$ or $11$", "21, 11", Verdict::correct},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.reply);
    CHECK(name_of(grade(row.gold, row.reply)->verdict) == name_of(row.verdict));
  }
}

TEST_CASE("one grader serves many threads") {
  const std::unique_ptr<Grader> grader = make_math_answer({});
  std::vector<int> correct(4);
  {
    std::vector<std::jthread> threads;
    for (int& count : correct) {
      threads.emplace_back([&grader, &count] {
        for (int i = 0; i < 500; ++i) {
          Generation reply;
          reply.text = "\\boxed{" + std::to_string(2 * i) + "/4}";
          const std::string gold = "\\frac{" + std::to_string(i) + "}{2}";
          const Result<Score> score =
              grader->grade({.id = "q", .text = "", .gold = gold, .attributes = {}}, reply);
          count += score && score->verdict == Verdict::correct ? 1 : 0;
        }
      });
    }
  }
  CHECK(correct == std::vector<int>(4, 500));
}

TEST_CASE("votes for the same answer in other words are one") {
  const std::unique_ptr<Grader> grader = make_math_answer({});
  using Places = std::vector<std::size_t>;
  const auto same = [&](const std::vector<std::string_view>& canonicals) {
    return grader->same_answers(canonicals);
  };
  CHECK(same({"1/2", "0.5", "2"}) == Places{0, 0, 2});
  CHECK(same({"\\sqrt{7+4\\sqrt3}", "3", "2+\\sqrt{3}", "x=3"}) == Places{0, 1, 0, 1});
  CHECK(same({"no solution", "odd", "No solution."}) == Places{0, 1, 0});
  CHECK(same({"(1,2)", "(2,1)"}) == Places{0, 1});
  CHECK(same({}) == Places{});
}

}  // namespace
}  // namespace proctor::graders
