#include "graders/math/expression/units.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::math {
namespace {

TEST_CASE("spellings of a unit have one normal form") {
  struct Row {
    const char *written, *unit;
  };
  constexpr Row kRows[] = {
      {"cm", "cm"},
      {"centimeters", "cm"},
      {"centimetre", "cm"},
      {"CM", "cm"},
      {"square centimeters", "cm^2"},
      {"sq. cm", "cm^2"},
      {"cm^2", "cm^2"},
      {"cm^{2}", "cm^2"},
      {"centimeters squared", "cm^2"},
      {"cubic feet", "foot^3"},
      {"cc", "cm^3"},
      {"feet", "foot"},
      {"ft.", "foot"},
      {"inches", "inch"},
      {"km/h", "km/hour"},
      {"kilometers per hour", "km/hour"},
      {"kph", "km/hour"},
      {"mph", "mile/hour"},
      {"m/s^2", "m/second^2"},
      {"m s^{-2}", "m/second^2"},
      {"m\\,s^{-1}", "m/second"},
      {"N \\cdot m", "N*m"},
      {"mol^{-1}", "1/mol"},
      {"hrs", "hour"},
      {"dollars", "dollar"},
      {"$", "dollar"},
      {"degrees Celsius", "celsius"},
      {"square units", "unit^2"},
      {"people", "person"},
      {"apples", "apple"},
      {"Apples", "apple"},
      {"any  text", "any text"},
      {"ways to choose", "ways to choose"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.written);
    CHECK(unit_normal_form(row.written) == row.unit);
  }
}

TEST_CASE("different units have different normal forms") {
  struct Row {
    const char *left, *right;
  };
  constexpr Row kRows[] = {
      {"cm", "m"},          {"cm", "cm^2"},      {"minutes", "hours"},
      {"km/h", "km"},       {"km/h", "m/s"},     {"feet", "yards"},
      {"dollars", "cents"}, {"apples", "pears"}, {"square m", "cubic m"},
      {"m/s", "s/m"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    CHECK(unit_normal_form(row.left) != unit_normal_form(row.right));
  }
}

TEST_CASE("a unit after a number needs no upright type unless it could be variables") {
  for (const char* letters : {"cm", "km", "dollars", "square", "miles", "min", "kg"}) {
    CAPTURE(letters);
    CHECK(is_plain_unit(letters));
  }
  for (const char* letters : {"m", "s", "g", "t", "h", "ms", "pt", "ab", "xyz", "apples"}) {
    CAPTURE(letters);
    CHECK_FALSE(is_plain_unit(letters));
  }
}

TEST_CASE("a unit expression has units only") {
  for (const char* text : {"km/h", "square feet", "m/s^2", "N \\cdot m"}) {
    CAPTURE(text);
    CHECK(is_unit_expression(text));
  }
  for (const char* text : {"", "any text", "is even", "e^x", "km and more"}) {
    CAPTURE(text);
    CHECK_FALSE(is_unit_expression(text));
  }
}

}  // namespace
}  // namespace proctor::graders::math
