#include "graders/math/equality.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("words are equal without regard to case, spaces and a final point") {
  constexpr EqualityRow kRows[] = {
      {"\\text{Wednesday}", "wednesday", true},
      {"\\text{Wednesday}", "\\textbf{Wednesday.}", true},
      {"\\text{Wednesday}", "\\text{Thursday}", false},
      {"\\text{no solution}", "\\text{No  solutions.}", true},
      {"\\text{the ellipse}", "\\text{Ellipse}", true},
      {"\\text{odd}", "\\text{oddd}", false},
      {"\\text{Yes}", "\\text{true}", true},
      {"\\text{Yes}", "\\text{no}", false},
      {"C", "\\text{(C)}", true},
      {"C", "D", false},
      {"10:30", "10:31", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("what is not understood is compared as text and never by a part of it") {
  const Answer broken("5 \\foo{3} @ 4");
  CHECK(!broken.understood());
  CHECK(compare(broken, Answer("5\\foo{3}@4")).equality == Equality::equal);
  CHECK(compare(broken, Answer("5 \\foo{3} @ 5")).equality == Equality::unparsed);
  CHECK(compare(Answer("5"), broken).equality == Equality::unparsed);
  CHECK(compare(Answer(""), Answer("")).equality == Equality::unparsed);
}

TEST_CASE("each comparison says what decided it") {
  struct Row {
    const char *gold, *prediction;
    Equality equality;
    const char* stage;
  };
  constexpr Row kRows[] = {
      {"x+1", "x + 1", Equality::equal, "text"},
      {"4", "\\frac{8}{2}", Equality::equal, "exact"},
      {"x+1", "1+x", Equality::equal, "structure"},
      {"(x+1)^2", "x^2+2x+1", Equality::equal, "modular"},
      {"(x+1)^2", "x^2+1", Equality::unequal, "modular"},
      {"\\sqrt{3+2\\sqrt2}", "1+\\sqrt2", Equality::equal, "ball"},
      {"\\sqrt{11}", "\\pi", Equality::unequal, "ball"},
      {"\\sqrt2", "1.414214", Equality::equal, "decimal"},
      {"20\\%", "20", Equality::equal, "percent"},
      {"3\\text{ kg}", "3\\text{ m}", Equality::unequal, "unit"},
      {"(1,2)", "7", Equality::unequal, "type"},
      {"\\int_0^1 g(x)\\,dx", "\\int_0^2 g(x)\\,dx", Equality::undecided, "opaque"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.prediction);
    const Comparison comparison = compare(Answer(row.gold), Answer(row.prediction));
    CHECK(comparison.equality == row.equality);
    CHECK(comparison.stage == row.stage);
  }
}

TEST_CASE("canonical texts are exact where there is an exact form and can be read again") {
  struct Row {
    const char *text, *canonical;
  };
  constexpr Row kRows[] = {
      {"\\frac{14}{4}", "7/2"},
      {"3.5", "7/2"},
      {"-0", "0"},
      {"x = 5", "x = 5"},
      {"25\\%", "25\\%"},
      {"5 \\text{ cm}", "5 \\text{ cm}"},
      {"0.333333", "0.333333"},
      {"\\{3, 1, 1\\}", "\\{1, 3\\}"},
      {"(1, \\frac{2}{4})", "(1, 1/2)"},
      {"  \\sqrt{2}\n + 1 ", "\\sqrt{2} + 1"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Answer answer(row.text);
    CHECK(answer.canonical() == row.canonical);
    CHECK(compare(answer, Answer(answer.canonical())).equality == Equality::equal);
  }
}

TEST_CASE("a moved answer is still itself") {
  Answer first("\\frac12");
  Answer second = std::move(first);
  CHECK(second.text() == "\\frac12");
  CHECK(compare(second, Answer("0.5")).equality == Equality::equal);
}

}  // namespace
}  // namespace proctor::graders::math
