#include "graders/integer_answer.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders {
namespace {

Result<Score> grade(const std::string& gold, const std::string& text,
                    FinishReason finish = FinishReason::stop) {
  Generation reply;
  reply.text = text;
  reply.finish = finish;
  return make_integer_answer({})->grade({.id = "q1", .text = "", .gold = gold, .attributes = {}},
                                        reply);
}

TEST_CASE("integers are read past typesetting and nothing else is an integer") {
  struct Row {
    const char *answer, *value;
  };
  constexpr Row kRows[] = {
      {"25", "25"},
      {"025", "25"},
      {"000", "0"},
      {"-0", "0"},
      {"-007", "-7"},
      {"+7", "7"},
      {"$25$", "25"},
      {" 25 ", "25"},
      {"\\text{25}", "25"},
      {"\\textbf{025}", "25"},
      {"\\mathrm{25}", "25"},
      {"\\(25\\)", "25"},
      {"1,234", "1234"},
      {"1{,}234", "1234"},
      {"1\\,234", "1234"},
      {"1,\\!234", "1234"},
      {"60^\\circ", "60"},
      {"60^{\\circ}", "60"},
      {"60°", "60"},
      {"25\\text{ cm}", "25"},
      {"25 cm^2", "25"},
      {"25 ordered pairs", "25"},
      {"25.", "25"},
      {"25.0", "25"},
      {"25.00", "25"},
      {"x = 25", "25"},
      {"m+n=25", "25"},
      {"m + n = 7 + 18 = 25", "25"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"25.5", "none"},
      {"25.01", "none"},
      {"\\frac{1}{2}", "none"},
      {"1/2", "none"},
      {"3,4", "none"},
      {"3, 4", "none"},
      {"1,23", "none"},
      {"2 5", "none"},
      {"2^5", "none"},
      {"25x", "none"},
      {"25\\pi", "none"},
      {"25 million", "none"},
      {"5!", "none"},
      {"-", "none"},
      {"", "none"},
      {"twenty", "none"},
      {"25 = x", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.answer);
    CHECK(parse_integer(row.answer).value_or("none") == row.value);
  }
}

TEST_CASE("replies to AIME are graded by the last box and else by the answer line") {
  struct Row {
    const char *gold, *reply;
    Verdict verdict;
    const char *extracted, *canonical, *explanation;
  };
  constexpr Row kRows[] = {
      {"25", "so \\boxed{025}.", Verdict::correct, "025", "25", "box: equal as integers to 25"},
      {"025", "\\boxed{25}", Verdict::correct, "25", "25", "box: equal as integers to 25"},
      {"25", "\\boxed{26}", Verdict::wrong, "26", "26", "box: differs as an integer from 25"},
      {"25", "\\boxed{25} or \\boxed{26}", Verdict::wrong, "26", "26",
       "box: differs as an integer from 25"},
      {"25", "\\boxed{\\tfrac12}", Verdict::wrong, "\\tfrac12", "\\frac{1}{2}",
       "box: not an integer"},
      {"25", "\\boxed{25", Verdict::correct, "25", "25",
       "unterminated box: equal as integers to 25"},
      {"25", "The answer is 25.", Verdict::correct, "25", "25",
       "answer line: equal as integers to 25"},
      {"25", "**Final Answer:** 025", Verdict::correct, "025", "25",
       "answer line: equal as integers to 25"},
      {"25", "The final answer is **25**!", Verdict::correct, "25", "25",
       "answer line: equal as integers to 25"},
      {"25", "The answer is \\(25\\).", Verdict::correct, "\\(25\\)", "25",
       "answer line: equal as integers to 25"},
      {"25", "Of 30 cases, the answer is $m+n=25$.", Verdict::correct, "$m+n=25$", "25",
       "answer line: equal as integers to 25"},
      {"25", "The answer is 25.\nOr not: the answer is 26.", Verdict::wrong, "26", "26",
       "answer line: differs as an integer from 25"},
      {"25", "It is 25.", Verdict::no_answer, "", "", "no box and no answer line"},
      {"5", "The answer is 3.5", Verdict::no_answer, "", "", "no box and no answer line"},
      {"2", "The answer is $\\frac{1}{2}$", Verdict::no_answer, "", "",
       "no box and no answer line"},
      {"25", "<think>\\boxed{25}", Verdict::no_answer, "", "", "thinking not closed"},
      {"25", "\\boxed{24}</think>\\boxed{25}", Verdict::correct, "25", "25",
       "box: equal as integers to 25"},
      {"25", "\\boxed{25}</think>I give up.", Verdict::no_answer, "", "",
       "no box and no answer line"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.reply);
    const Result<Score> score = grade(row.gold, row.reply);
    REQUIRE(score);
    CHECK(name_of(score->verdict) == name_of(row.verdict));
    CHECK(score->extracted == row.extracted);
    CHECK(score->canonical == row.canonical);
    CHECK(score->explanation == row.explanation);
    CHECK(score->span.has_value() == (row.verdict != Verdict::no_answer));
    if (score->span) {
      const std::string text = row.reply;
      CHECK(text.substr(score->span->begin, score->span->end - score->span->begin) ==
            row.extracted);
    }
  }
}

TEST_CASE("an empty reply and an unfinished one are no answers and say why") {
  const Result<Score> empty = grade("25", "", FinishReason::empty);
  REQUIRE(empty);
  CHECK(empty->verdict == Verdict::no_answer);
  CHECK(empty->explanation == "empty reply");

  const Result<Score> cut = grade("25", "<think>\\boxed{25}", FinishReason::length);
  REQUIRE(cut);
  CHECK(cut->verdict == Verdict::no_answer);
  CHECK(cut->thinking == Thinking::unclosed);
  CHECK(cut->explanation == "thinking not closed, cut at the token limit");
}

TEST_CASE("a prefilled opening tag makes a cut reply unfinished thinking") {
  Generation reply;
  reply.text = "perhaps \\boxed{25}";
  reply.finish = FinishReason::length;
  const Question question{.id = "q1", .text = "", .gold = "25", .attributes = {}};
  CHECK(make_integer_answer({})->grade(question, reply)->verdict == Verdict::correct);
  CHECK(make_integer_answer({.think_prefilled = true})->grade(question, reply)->verdict ==
        Verdict::no_answer);
}

TEST_CASE("a gold that is not an integer is an error that names the question") {
  const Result<Score> score = grade("2.5", "\\boxed{25}");
  REQUIRE_FALSE(score);
  CHECK(score.error().code() == ErrorCode::invalid_input);
  CHECK(score.error().message() == "question \"q1\": gold \"2.5\" is not an integer");
}

}  // namespace
}  // namespace proctor::graders
