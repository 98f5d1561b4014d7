#include "graders/math/anchors.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::math {
namespace {

std::string announced(const std::string& text) {
  const std::optional<Announcement> found = last_announcement(text, text.size());
  if (!found) return "none";
  return text.substr(found->statement.begin, found->statement.end - found->statement.begin);
}

TEST_CASE("what is announced is found in many languages") {
  struct Row {
    const char *text, *statement;
  };
  constexpr Row kRows[] = {
      {"The answer is 5.", "5."},
      {"ANSWER: 5\nbye", "5"},
      {"**Final Answer:** $5$", "$5$"},
      {"**Final Answer**\n\n$5$\nbye", "$5$"},
      {"## Answer\n5", "5"},
      {"the answer to the question is 5", "5"},
      {"Answer (in metres): 5", "5"},
      {"Answer \\[ 5 \\]", "\\[ 5 \\]"},
      {"answers are 5 and 6", "none"},
      {"#### 5", "5"},
      {"The answer is -5", "-5"},
      {"Answer - 5", "5"},
      {"the correct option is (C)", "(C)"},
      {"Die Antwort lautet 5.", "5."},
      {"La réponse est 5.", "5."},
      {"Respuesta: 5", "5"},
      {"Ответ: 5", "5"},
      {"答案是5。", "5。"},
      {"答案：5", "5"},
      {"故选B", "B"},
      {"答えは5", "5"},
      {"정답은 5", "5"},
      {"الجواب هو 5", "5"},
      {"उत्तर: 5", "5"},
      {"คำตอบคือ 5", "5"},
      {"Đáp án: 5", "5"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(announced(row.text) == row.statement);
  }
}

TEST_CASE("a mere mention announces nothing") {
  for (const char* text :
       {"I hope that this answer helps", "answering is 5", "unanswered: 5", "The answer is",
        "Answer:\n", "it answers nothing", "", "an answer. It is 5"}) {
    CAPTURE(text);
    CHECK(announced(text) == "none");
  }
}

TEST_CASE("the last announcement counts and earlier ones can be asked for") {
  const std::string text = "The answer is 4.\nNo, the final answer is 5.";
  const std::optional<Announcement> last = last_announcement(text, text.size());
  REQUIRE(last);
  CHECK(last->final);
  CHECK(text.substr(last->statement.begin) == "5.");
  const std::optional<Announcement> first = last_announcement(text, last->phrase);
  REQUIRE(first);
  CHECK_FALSE(first->final);
  CHECK(first->statement == Span{14, 16});
  CHECK_FALSE(last_announcement(text, first->phrase));
}

TEST_CASE("a megabyte of labels takes one pass") {
  for (const char* piece : {"answer ", "a", "答案", "#", "answer:\n"}) {
    CAPTURE(piece);
    std::string text;
    while (text.size() < 100'000) text += piece;
    const std::optional<Announcement> found = last_announcement(text, text.size());
    if (found) CHECK(found->statement.end <= text.size());
  }
}

}  // namespace
}  // namespace proctor::graders::math
