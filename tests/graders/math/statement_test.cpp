#include "graders/math/statement.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::math {
namespace {

std::string part(const std::string& text, const std::optional<Span>& span) {
  return span ? text.substr(span->begin, span->end - span->begin) : "none";
}

TEST_CASE("a sentence ends up with the value after its last so or is") {
  struct Row {
    const char *sentence, *value;
  };
  constexpr Row kRows[] = {
      {"The area is $15$ cm, which is more than 10", "$15$ cm"},
      {"There are 9, so 8 remain", "8"},
      {"the largest $n$ is 34", "34"},
      {"the sum is about 3.5", "3.5"},
      {"the sum is equal to 3 1/2", "3 1/2"},
      {"The solutions are $x = 1$ and $x = 2$", "$x = 1$ and $x = 2$"},
      {"The values are 1, 2, and 3", "1, 2, and 3"},
      {"It costs 17 dollars in total", "17 dollars"},
      {"He has 79 g of wax", "79"},
      {"P(A) = 2/3", "P(A) = 2/3"},
      {"Total = 5 + 7 = 12", "5 + 7 = 12"},
      {"17 is not it, 18 is", "18"},
      {"17 is not the answer", "none"},
      {"it cannot be 17", "none"},
      {"There are 2 of them: x = 1 and x = 5", "x = 1 and x = 5"},
      {"x = 1 or x = 5", "x = 1 or x = 5"},
      {"所以一共有 6 × 7 = 42 个", "6 × 7 = 42"},
      {"Donc il reste déjà 12 pommes", "12"},
      {"there are 34 such $n$", "34"},
      {"nothing here", "none"},
      {"AZYUK2A", "none"},
      {"the 3rd one", "none"},
      {"", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.sentence);
    const std::string text = row.sentence;
    CHECK(part(text, Statement(text).concluding_value({0, text.size()})) == row.value);
  }
}

TEST_CASE("a range begins with a value as far as it goes on") {
  struct Row {
    const char *text, *value;
  };
  constexpr Row kRows[] = {
      {"5 because 2 + 3 is 5", "5"},
      {"5, since it is odd", "5"},
      {"$x$ and $y$ are", "$x$ and $y$"},
      {"12.5 percent of it", "12.5 percent"},
      {"5 million and more", "5 million"},
      {"exactly 5", "5"},
      {"(n-1)(n-2)/2.", "(n-1)(n-2)/2"},
      {"$\\weird{$ 5", "$\\weird{$"},
      {"$\\weird{}}$ for 5", "$\\weird{}}$"},
      {"between 249 and 260", "none"},
      {"not 5", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const std::string text = row.text;
    CHECK(part(text, Statement(text).leading_value({0, text.size()})) == row.value);
  }
}

TEST_CASE("the last line has something on it and no check at its end") {
  struct Row {
    const char *text, *line;
  };
  constexpr Row kRows[] = {
      {"a\nb", "b"},
      {"a\nb\n\n---\n", "b"},
      {"a\nIt is 5. (Check: 2 + 3 = 5.)", "It is 5. "},
      {"a\nso \\[\nx\n\\] holds", "so \\[\nx\n\\] holds"},
      {"\n \n", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const std::string text = row.text;
    CHECK(part(text, Statement(text).last_line(text.size())) == row.line);
  }
}

TEST_CASE("sentences end at marks outside formulas and numbers") {
  const std::string text = "It is 3.5. Is it $0. 5$? Then so be it.";
  const Statement statement(text);
  const Span whole{0, text.size()};
  CHECK(part(text, statement.first_sentence(whole)) == "It is 3.5");
  CHECK(part(text, statement.last_sentence(whole)) == "Then so be it.");
  CHECK(part(text, statement.predicate(whole)) == "it");
}

TEST_CASE("only values by themselves are expressions") {
  struct Row {
    const char* text;
    bool expression;
  };
  constexpr Row kRows[] = {
      {"x^2 + 1", true},      {"28 %", true},
      {"12.5 percent", true}, {"{1,2,3}", true},
      {"1 000", true},        {"3 and 4", true},
      {"sqrt(3)/2", true},    {"W(x)=1orW(x)=-1", true},
      {"the sum", false},     {"17 birds fly", false},
      {"hello", false},       {"", false},
      {"I have 5", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const std::string text = row.text;
    CHECK(Statement(text).is_expression({0, text.size()}) == row.expression);
  }
}

}  // namespace
}  // namespace proctor::graders::math
