#include "graders/math/extraction.h"

#include <doctest/doctest.h>

#include <span>
#include <string>

namespace proctor::graders::math {
namespace {

struct Row {
  const char *reply, *rung, *text;  // no rung: nothing is found
};

void check_rows(std::span<const Row> rows, const Search& search) {
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    const std::optional<FoundAnswer> found = find_answer(row.reply, search);
    CHECK((found ? found->rung : "") == row.rung);
    CHECK((found ? found->text : "") == row.text);
    if (!found) continue;
    CHECK(found->span.begin < found->span.end);
    CHECK(found->span.end <= std::string(row.reply).size());
  }
}

TEST_CASE("values are read off the surest rung there is") {
  constexpr Row kRows[] = {
      {"<answer>42</answer>", "answer tags, whole reply", "42"},
      {"\\boxed{1} <answer>the value \\boxed{2}</answer>", "answer tags, box", "2"},
      {"<answer>1</answer> or <answer>2</answer>", "answer tags, whole reply", "2"},
      {"<answer>it is 5 I think</answer>", "answer tags, last line", "5"},
      {"<answer></answer> \\boxed{5}", "box", "5"},
      {"<answer>7", "answer tags, whole reply", "7"},
      {"\\boxed{5}. The answer is 6.", "box", "5"},
      {"\\boxed{5}. The final answer is $6$. I hope it is correct.", "final answer", "$6$"},
      {"\\boxed{5}. This final answer is correct.", "box", "5"},
      {"I write it in \\boxed{}. The answer is 6.", "answer phrase", "6"},
      {"The answer is 5 because 2 + 3 is 5.", "answer phrase", "5"},
      {"The answer is $x = 5$, as $y = 6$.", "answer phrase", "$x = 5$"},
      {"Final Answer: The largest $n$ is 34.", "answer phrase", "34"},
      {"The answer is $21$ or $22$.", "answer phrase", "$21$ or $22$"},
      {"The answer is 12.5 percent of it.", "answer phrase", "12.5 percent"},
      {"**Final Answer**\n\n\\[ 9 \\]", "answer phrase", "\\[ 9 \\]"},
      {"The answer is 5.\nI hope that this answer helps.", "answer phrase", "5"},
      {"The answer is clear.\nThe sum is 7.", "last line", "7"},
      {"x^2 + 1", "whole reply", "x^2 + 1"},
      {"$g(x) = x^a$ for some $a > 0$", "whole reply", "$g(x) = x^a$ for some $a > 0$"},
      {"28 %", "whole reply", "28 %"},
      {"So $x = 3$. Therefore, the sum is 7.", "last line", "7"},
      {"The area is $15$ square cm, which is more than 10.", "last line", "$15$ square cm"},
      {"There are 9 of them, so 8 remain.", "last line", "8"},
      {"We want the largest $n$, and that is 34.", "last line", "34"},
      {"It is 12. (Check: 3 + 9 = 12.)", "last line", "12"},
      {"It costs 17 dollars.", "last line", "17 dollars"},
      {"Thus $x \\ge 5$ is the solution.", "last line", "$x \\ge 5$"},
      {"We get\n\\[\nx = 5.\n\\]", "last line", "\\[\nx = 5.\n\\]"},
      {"42\n\nI hope this helps!", "earlier line", "42"},
      {"The sum is 42.\n\nLet me know!", "earlier line", "42"},
      {"因此，一共有**858颗**糖果。", "last line", "858"},
      {"It is 2/3. <|im_end|>\n<|im_start|>user 5", "last line", "2/3"},
  };
  check_rows(kRows, {});
}

TEST_CASE("nothing is found where nothing commits to an answer") {
  constexpr Row kRows[] = {
      {"", "", ""},
      {"I do not know.", "", ""},
      {"I need 17 more facts.\nSorry.", "", ""},
      {"The code is AZYUK2A", "", ""},
      {"The answer is not 5.", "", ""},
      {"It cannot be 5.", "", ""},
      {"\\boxed{}", "", ""},
      {"<answer> </answer>", "", ""},
  };
  check_rows(kRows, {});
}

TEST_CASE("a reply that was cut concludes nothing but may have committed before") {
  constexpr Row kRows[] = {
      {"The sum is 7. Then we have", "", ""},
      {"Next, $x = 7", "", ""},
      {"The answer is 7. Let me check that", "answer phrase", "7"},
      {"So \\boxed{7} and to check", "box", "7"},
      {"So \\boxed{7", "unterminated box", "7"},
  };
  check_rows(kRows, {Wanted::value, true});
}

TEST_CASE("a formula that is not understood is found whole") {
  constexpr Row kRows[] = {
      {"The answer is $\\weird{3}{$ 5", "answer phrase", "$\\weird{3}{$"},
      {"\\boxed{5 \\weird @ 4}", "box", "5 \\weird @ 4"},
  };
  check_rows(kRows, {});
}

TEST_CASE("words are read off phrases and bold type and short replies") {
  constexpr Row kRows[] = {
      {"The answer is Thursday, two days later.", "answer phrase", "Thursday"},
      {"Answer: **infinitely many**", "answer phrase", "infinitely many"},
      {"So the tallest of the five is **Evelyn**.", "last line", "Evelyn"},
      {"So the function is even.", "last line", "even"},
      {"odd", "whole reply", "odd"},
      {"Yes, because it is even.", "opening word", "Yes"},
      {"I hope that this answer is correct.", "whole reply", "I hope that this answer is correct."},
  };
  check_rows(kRows, {Wanted::words, false});
}

TEST_CASE("letters outrank boxes without one") {
  constexpr Row kRows[] = {
      {"\\boxed{B}", "box", "B"},
      {"$\\boxed{\\Delta E}$ rules the others out.\n\n**Answer: D**", "announced letter", "D"},
      {"D. It cannot be A", "opening letter", "D"},
      {"Only C is left.", "letter in the last line", "C"},
  };
  check_rows(kRows, {Wanted::letter, false});
}

TEST_CASE("only tags and boxes are looked for before the tail") {
  const std::string filler(100'000, '.');
  CHECK(find_answer("\\boxed{5} " + filler, {})->text == "5");
  CHECK(find_answer("<answer>5</answer>" + filler, {})->text == "5");
  CHECK_FALSE(find_answer("The answer is 5.\n" + filler, {}));
  CHECK(find_answer(filler + "\nThe answer is 5.", {})->span == Span{100'015, 100'016});
}

TEST_CASE("megabytes of anything are read in linear time") {
  for (const char* piece :
       {"answer is ", "is ", "1 ", "$1$ ", "so ", "**", "(", "{", "\\boxed{1}, ", "<answer>", "=",
        "A ", "the answer is (", "1, ", "\\(", "。", "\n", "x", "check (check "}) {
    CAPTURE(piece);
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    for (const Wanted wanted : {Wanted::value, Wanted::words, Wanted::letter}) {
      const std::optional<FoundAnswer> found = find_answer(text, {wanted, false});
      if (found) CHECK(found->span.end <= text.size());
    }
  }
}

}  // namespace
}  // namespace proctor::graders::math
