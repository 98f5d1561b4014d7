#include "graders/math/choice.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::math {
namespace {

TEST_CASE("answers that name a letter are told from other answers") {
  struct Row {
    const char* answer;
    char letter;  // '-' for none
  };
  constexpr Row kRows[] = {
      {"B", 'B'},           {"(B)", 'B'},         {"$B$", 'B'},
      {"\\text{B}", 'B'},   {"\\text{(B)}", 'B'}, {"\\textbf{(B)} 12", 'B'},
      {"B.", 'B'},          {"B. twelve", 'B'},   {"B) twelve", 'B'},
      {"(B) twelve", 'B'},  {"option B", 'B'},    {"C Cecile", 'C'},
      {"\\mathrm{D}", 'D'}, {"\\(A\\)", 'A'},     {"b", '-'},
      {"B+C", '-'},         {"(A, B)", '-'},      {"Because", '-'},
      {"A = 5", '-'},       {"BC", '-'},          {"K", '-'},
      {"A circle", '-'},    {"B_1", '-'},         {"", '-'},
      {"12", '-'},          {"B'", '-'},          {"(B", '-'},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.answer);
    CHECK(choice_letter(row.answer).value_or('-') == row.letter);
  }
}

TEST_CASE("the letter that a reply chooses is found and several are none") {
  struct Row {
    const char* reply;
    char letter;
  };
  constexpr Row kRows[] = {
      {"The answer is B, since C is too large.", 'B'},
      {"Final answer is (D)", 'D'},
      {"**Answer:** C", 'C'},
      {"So the correct choice is **E**.", 'E'},
      {"The answer is A because of this.", 'A'},
      {"故选：B。", 'B'},
      {"La réponse est C et non A", 'C'},
      {"D. It cannot be A or B", 'D'},
      {"B。A 不对", 'B'},
      {"A fails and B fails.\nThis leaves (C)", 'C'},
      {"Because B is the only one left", 'B'},
      {"A fails, B fails", '-'},
      {"A cat sat on a mat", '-'},
      {"I think so", '-'},
      {"The answer is b.", 'B'},
      {"(c)", 'C'},
      {"The answer is b + c.", '-'},
      {"x = A + B", '-'},
      {"No answer was found", '-'},
      {"", '-'},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.reply);
    const std::optional<Choice> choice = chosen_letter(row.reply);
    CHECK((choice ? choice->letter : '-') == row.letter);
    if (choice) CHECK((row.reply[choice->span.begin] & ~0x20) == row.letter);
  }
}

}  // namespace
}  // namespace proctor::graders::math
