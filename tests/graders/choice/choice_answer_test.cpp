#include "graders/choice/choice_answer.h"

#include <doctest/doctest.h>

#include "graders/grader.h"

namespace proctor::graders {
namespace {

Question question_of(std::vector<std::string> options, std::string gold) {
  Question question{.id = "q", .text = "Which?", .gold = std::move(gold), .attributes = {}};
  for (std::size_t i = 0; i < options.size(); ++i) {
    question.attributes.emplace_back("option " + std::to_string(i + 1), options[i]);
  }
  return question;
}

const std::vector<std::string> kFour = {"283", "284", "$\\frac{1}{2}$", "C. elegans"};

Score grade(std::string_view grader, const Question& question, std::string reply) {
  const Result<std::unique_ptr<Grader>> made = make_grader(grader, {});
  REQUIRE(made);
  Generation generation;
  generation.text = std::move(reply);
  const Result<Score> score = (*made)->grade(question, generation);
  REQUIRE(score);
  return *score;
}

Score grade(std::string reply, std::string gold = "C") {
  return grade("choice", question_of(kFour, std::move(gold)), std::move(reply));
}

// What a reply commits to: the letter, "-" for no answer.
std::string letter_of(const std::string& reply) {
  for (const char* gold : {"A", "B", "C", "D"}) {
    const Verdict verdict = grade(reply, gold).verdict;
    if (verdict == Verdict::correct) return gold;
    if (verdict == Verdict::no_answer) return "-";
  }
  return "?";
}

}  // namespace

TEST_CASE("the last answer line is read in every spelling") {
  struct Row {
    const char* reply;
    const char* letter;
  };
  constexpr Row kRows[] = {
      // the seven replies on which a ladder of loose patterns goes wrong
      {"Consider option B first.\n\nAnswer: $C", "C"},
      {"So vitamin D is relevant.\n\nAnswer: $C$", "C"},
      {"Plan A is wrong. **Answer: \\boxed{C}**", "C"},
      {"The A ring is aromatic.\nAnswer: (C)", "C"},
      {"Option A fails.\nAnswer: C) foo", "C"},
      {"Answer: **C**", "C"},
      {"the final answer is C", "C"},
      // other spellings
      {"Answer: C", "C"},
      {"Answer: c", "C"},
      {"ANSWER: C.", "C"},
      {"answer:C", "C"},
      {"Answer : C", "C"},
      {"**Answer:** C", "C"},
      {"**Answer**: C", "C"},
      {"*Answer: C*", "C"},
      {"### Final Answer: C", "C"},
      {"> Answer: `C`", "C"},
      {"Answer：C", "C"},
      {"Answer：（C）", "C"},
      {"Answer: [C]", "C"},
      {"Answer: {C}", "C"},
      {"Answer: \"C\"", "C"},
      {"Answer: \\(C\\)", "C"},
      {"Answer: \\[C\\]", "C"},
      {"Answer: $\\boxed{C}$", "C"},
      {"Answer: $\\boxed{\\text{C}}$", "C"},
      {"Answer: \\textbf{C}", "C"},
      {"\\textbf{Answer: C}", "C"},
      {"Answer: option C", "C"},
      {"Answer: C, because the others fail", "C"},
      {"Answer: C because B is wrong", "C"},
      {"Answer: A because it is first", "A"},
      {"Answer: C: the third", "C"},
      {"Answer choice: C", "C"},
      {"Therefore, the correct answer is: C", "C"},
      {"So the answer is (C).", "C"},
      {"The answer is $\\mathrm{C}$.", "C"},
      {"Answer = C", "C"},
      {"Answer: C\r\n", "C"},
      {"**Answer:**\n\nC", "C"},
      {"## Answer\n\n**C**", "C"},
      {"**Final Answer**\n\\boxed{C}", "C"},
      {"I weighed A and B.\n\n$$\\boxed{C}$$", "C"},
      {"It must be \\boxed{\\text{(C)}} then.", "C"},
      {"<think>A or B</think>\n<answer> C </answer>", "C"},
      // the last one counts
      {"Answer: A\nNo, I was wrong.\nAnswer: C", "C"},
      {"\\boxed{A}\nAnswer: C", "C"},
      {"Answer: A\n\\boxed{C}", "C"},
      {"Answer: C\n\nHad it been warmer, the answer is B in most books.", "C"},
      {"The format is 'Answer: $LETTER'.\nAnswer: C\nAs asked: 'Answer: $LETTER'", "C"},
      // the option's text instead of its letter
      {"Answer: 283", "A"},
      {"Answer: \\boxed{284}.", "B"},
      {"The answer is $\\boxed{284}$.", "B"},
      {"Answer: \\frac{1}{2}", "C"},
      {"Answer: C. elegans", "D"},
      {"Answer: D) C. elegans", "D"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    CHECK(letter_of(row.reply) == row.letter);
  }
}

TEST_CASE("a reply that commits to no single option has no answer") {
  constexpr const char* kReplies[] = {
      "Answer: A or B",
      "Answer: A, B",
      "Answer: (A) and (C)",
      "Answer: A/B",
      "Answer: \\boxed{A, C}",
      "Answer: **A** or **B**",
      "A\nAnswer: none of these",
      "Answer: C-14",
      "Answer: Because",
      "Answer: ABC",
      "Answer: E",
      "Answer: 2830",
      "Answer:",
      "Answer: $LETTER",
      "C",
      "Option C",
      "(C)",
      "I would choose C.",
      "Vitamin C is the answer to scurvy, and plan B is not.",
      "The answers: C",
      "The answer is a large number.",
      "The answer is A good approximation.",
      "The answer is D = 5.",
      "\\boxed{17}",
      "<think>Answer: C",
      "",
  };
  for (const char* reply : kReplies) {
    CAPTURE(reply);
    CHECK(letter_of(reply) == "-");
  }
}

TEST_CASE("an answer in thinking is none") {
  CHECK(letter_of("<think>Answer: C</think>I cannot say.") == "-");
  CHECK(letter_of("<think>Answer: A</think>\n\nAnswer: C") == "C");
}

TEST_CASE("the score of a choice shows where it stands and votes for the option") {
  const Score score = grade("Well.\nAnswer: (B)", "C");
  CHECK(score.verdict == Verdict::wrong);
  CHECK(score.extracted == "B");
  CHECK(score.span == Span{15, 16});
  CHECK(score.canonical == "284");
  CHECK(score.explanation == "answer line: option B, not C");

  // The same option under another letter is the same vote.
  const Question turned = question_of({"284", "C. elegans", "283", "1"}, "B");
  CHECK(grade("choice", turned, "Answer: A").canonical == score.canonical);

  const Score several = grade("Answer: A or B");
  CHECK(several.canonical.empty());
  CHECK(several.explanation == "answer line: names several options");
}

TEST_CASE("a choice is graded by its letter alone where options are not known") {
  const Question question = question_of({}, "E");
  const Score right = grade("choice", question, "Answer: E");
  CHECK(right.verdict == Verdict::correct);
  CHECK(right.canonical == "E");
  CHECK(grade("choice", question, "Answer: D").verdict == Verdict::wrong);
  CHECK(grade("choice", question, "Answer: K").verdict == Verdict::no_answer);
}

TEST_CASE("a gold that is no letter of the options is an error of its question") {
  const Result<std::unique_ptr<Grader>> grader = make_grader("choice", {});
  REQUIRE(grader);
  Generation reply;
  reply.text = "Answer: C";
  for (const char* gold : {"", "c", "E", "283", "AB", "1"}) {
    CAPTURE(gold);
    const Result<Score> score = (*grader)->grade(question_of(kFour, gold), reply);
    REQUIRE(!score);
    CHECK(score.error().code() == ErrorCode::invalid_input);
  }
  const Result<Score> score = (*grader)->grade(question_of(kFour, "E"), reply);
  REQUIRE(!score);
  CHECK(score.error().message() == "question \"q\": gold \"E\" is not a letter from A to D");
}

TEST_CASE("long lines and many announcements are read in time that is linear in them") {
  std::string reply;
  for (int i = 0; i < 40'000; ++i) reply += "the answer is not yet known, ";
  CHECK(letter_of(reply) == "-");
  std::string boxes = "Answer: ";
  for (int i = 0; i < 40'000; ++i) boxes += "\\boxed{";
  CHECK(letter_of(boxes) == "-");
}

TEST_CASE("the ladder of open-r1 is read with its defects") {
  struct Row {
    const char* reply;
    const char* letter;
    const char* level;
  };
  // evaluation.md, section 1.6: what the ladder extracts, and by which level
  constexpr Row kRows[] = {
      {"Consider option B first.\n\nAnswer: $C", "B", "level 250: option B, not D"},
      {"So vitamin D is relevant.\n\nAnswer: $C$", "D", "level 250: option D, the right one"},
      {"Plan A is wrong. **Answer: \\boxed{C}**", "A", "level 250: option A, not D"},
      {"The A ring is aromatic.\nAnswer: (C)", "A", "level 250: option A, not D"},
      {"Option A fails.\nAnswer: C) foo", "A", "level 250: option A, not D"},
      {"Answer: **C**", "C", "level 100: option C, not D"},
      {"the final answer is C", "C", "level 50: option C, not D"},
      {"The final answer is C. I hope it is correct. Answer: B", "C", "level 0: option C, not D"},
      {"Answer: A\nAnswer: B", "B", "level 100: option B, not D"},
      {"the answer would be B", "B", "level 150: option B, not D"},
      {"B. It is the only one left", "B", "level 200: option B, not D"},
      {"xAx", "A", "level 300: option A, not D"},
      {"<think>Answer: B", "B", "level 100: option B, not D"},
  };
  const Question question = question_of({}, "D");
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    const Score score = grade("choice-openr1", question, row.reply);
    CHECK(score.extracted == row.letter);
    CHECK(score.explanation == row.level);
    CHECK((score.verdict == Verdict::correct) == (score.extracted == "D"));
  }
  CHECK(grade("choice-openr1", question, "nothing here").verdict == Verdict::no_answer);
}

TEST_CASE("the first answer is what simple-evals reads") {
  const Question question = question_of(kFour, "C");
  CHECK(grade("choice-simple-evals", question, "Answer: C\nAnswer: A").verdict == Verdict::correct);
  CHECK(grade("choice-simple-evals", question, "Answer: A\nAnswer: C").verdict == Verdict::wrong);
  CHECK(grade("choice-simple-evals", question, "answer \t: $C").verdict == Verdict::correct);
  CHECK(grade("choice-simple-evals", question, "Answer: c").verdict == Verdict::wrong);
  CHECK(grade("choice-simple-evals", question, "**Answer:** C").verdict == Verdict::no_answer);
  CHECK(grade("choice-simple-evals", question, "Answer: (C)").verdict == Verdict::no_answer);
  CHECK(grade("choice-simple-evals", question, "Answer: Cats").canonical == kFour[2]);
}

TEST_CASE("thinking that was sent apart is searched by the graders that search whole replies") {
  const Result<std::unique_ptr<Grader>> grader = make_grader("choice-openr1", {});
  REQUIRE(grader);
  Generation reply;
  reply.reasoning = "Answer: B";
  reply.text = "I am done";
  Result<Score> score = (*grader)->grade(question_of(kFour, "B"), reply);
  REQUIRE(score);
  CHECK(score->verdict == Verdict::correct);
  CHECK(!score->span.has_value());
  reply.text = "Answer: B";
  score = (*grader)->grade(question_of(kFour, "B"), reply);
  REQUIRE(score);
  CHECK(score->span == Span{8, 9});
}

}  // namespace proctor::graders
