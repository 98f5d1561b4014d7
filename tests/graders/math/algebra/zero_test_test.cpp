#include "graders/math/algebra/zero_test.h"

#include "tests/graders/math/algebra/forms.h"

namespace proctor::graders::math {
namespace {

Decision decide(FormReader& reader, const char* left, const char* right) {
  Steps steps(kStepsOfComparison);
  return compare_forms(*reader.read(left), *reader.read(right), steps);
}

TEST_CASE("the ladder stops at the first step that can tell") {
  struct Row {
    const char *left, *right;
    Verdict verdict;
    const char* stage;
  };
  constexpr Row kRows[] = {
      {"\\frac24", "0.5", Verdict::equal, "exact"},
      {"3", "4", Verdict::unequal, "exact"},
      {"x+1", "x+2", Verdict::unequal, "structure"},
      {"(a+b)^3", "a^3+3a^2b+3ab^2+b^3", Verdict::equal, "modular"},
      {"(a+b)^3", "a^3+b^3", Verdict::unequal, "modular"},
      {"2\\pi+1", "3\\pi", Verdict::unequal, "modular"},
      {"(\\sin x+1)^2", "\\sin^2x+2\\sin x+1", Verdict::equal, "modular"},
      {"\\sin^2 x", "1-\\cos^2 x", Verdict::equal, "ball"},
      {"\\sin^2 x", "1-\\cos x", Verdict::unequal, "ball"},
      {"\\sqrt{5+2\\sqrt6}", "\\sqrt2+\\sqrt3", Verdict::equal, "ball"},
      {"\\sqrt{10}", "\\sqrt2+\\sqrt3", Verdict::unequal, "ball"},
      {"e^{\\pi\\sqrt{163}}", "262537412640768744", Verdict::unequal, "ball"},
      {"\\frac10", "1", Verdict::undecided, "undefined"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    FormReader reader;
    const Decision there = decide(reader, row.left, row.right);
    const Decision back = decide(reader, row.right, row.left);
    CHECK(there.verdict == row.verdict);
    CHECK(there.stage == row.stage);
    CHECK(back.verdict == there.verdict);
    CHECK(back.stage == there.stage);
  }
}

// Agreement modulo 2^61 - 1 proves nothing of numbers as long as that.
TEST_CASE("a multiple of the modulus does not hide a difference") {
  FormReader reader;
  CHECK(decide(reader, "x+2305843009213693951y", "x").verdict == Verdict::unequal);
  CHECK(decide(reader, "\\frac{x}{2305843009213693951}", "x").verdict == Verdict::unequal);
}

TEST_CASE("functions are compared where both have a real value") {
  FormReader reader;
  CHECK(decide(reader, "\\ln x+\\ln y", "\\ln(xy)").verdict == Verdict::equal);
  CHECK(decide(reader, "\\sqrt{x}\\sqrt{y}", "\\sqrt{xy}").verdict == Verdict::equal);
  CHECK(decide(reader, "\\sqrt{x^2}", "x").verdict == Verdict::unequal);
  CHECK(decide(reader, "\\arcsin x+\\arccos x", "\\frac{\\pi}{2}").verdict == Verdict::equal);
  CHECK(decide(reader, "\\arcsin(x+2)", "\\arccos(x+2)").verdict == Verdict::unequal);
}

TEST_CASE("no verdict is given without steps to spend") {
  FormReader reader;
  Steps none(1);
  CHECK(compare_forms(*reader.read("\\sqrt{5+2\\sqrt6}"), *reader.read("\\sqrt2+\\sqrt3"), none)
            .verdict == Verdict::over_budget);
}

TEST_CASE("sizes of real constants are put in order") {
  struct Row {
    const char *left, *right;
    int order;
  };
  constexpr Row kRows[] = {
      {"1", "2", -1},
      {"\\sqrt2", "1.4", 1},
      {"\\pi", "\\frac{22}{7}", -1},
      {"\\sqrt{3+2\\sqrt2}", "1+\\sqrt2", 0},
      {"-\\infty", "-10^{100}", -1},
      {"\\infty", "10^{100}", 1},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    FormReader reader;
    Steps steps(kStepsOfComparison);
    const auto order = compare_sizes(*reader.read(row.left), *reader.read(row.right), steps);
    REQUIRE(order.has_value());
    CHECK(*order == row.order);
  }
  FormReader reader;
  Steps steps(kStepsOfComparison);
  CHECK(!compare_sizes(*reader.read("i"), *reader.read("1"), steps));
  CHECK(!compare_sizes(*reader.read("x"), *reader.read("1"), steps));
}

TEST_CASE("decimals agree with a constant to so many digits or do not") {
  struct Row {
    const char *exact, *decimal;
    int digits;
    bool agrees;
  };
  constexpr Row kRows[] = {
      {"\\pi", "3.14159", 6, true},   {"\\pi", "3.14160", 6, false},
      {"\\pi", "3.1416", 5, true},    {"\\pi", "3.1415", 5, true},
      {"\\pi", "-3.14159", 6, false}, {"-\\pi", "-3.14159", 6, true},
      {"\\pi", "31.4159", 6, false},  {"100\\pi", "314.159", 6, true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.exact);
    CAPTURE(row.decimal);
    FormReader reader;
    Steps steps(kStepsOfComparison);
    CHECK(agrees_to_digits(*reader.read(row.exact), reader.read(row.decimal)->number, row.digits,
                           steps) == row.agrees);
  }
}

}  // namespace
}  // namespace proctor::graders::math
