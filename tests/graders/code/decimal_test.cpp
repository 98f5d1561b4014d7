#include "graders/code/decimal.h"

#include <doctest/doctest.h>

#include <string>

namespace proctor::graders::code {
namespace {

bool same(std::string_view left, std::string_view right) {
  const auto a = parse_decimal(left);
  const auto b = parse_decimal(right);
  return a && b && equal(*a, *b);
}

// Expected values: decimal.Decimal of CPython 3.11.
TEST_CASE("words are decimals exactly where Python reads them as such") {
  struct Row {
    const char* word;
    bool decimal;
  };
  constexpr Row kRows[] = {
      {"0", true},
      {"+6", true},
      {"-0", true},
      {"1.", true},
      {".5", true},
      {".", false},
      {"", false},
      {"_", false},
      {"_6_", true},  // underscores are passed over wherever they stand
      {"1._5", true},
      {"i_n_f", true},
      {"Infinity", true},
      {"-inf", true},
      {"infinit", false},
      {"NaN", true},
      {"sNaN12", true},
      {"nanx", false},
      {"1e5", true},
      {"1E+05", true},
      {"1e", false},
      {"1e+", false},
      {"1e5.", false},
      {"e5", false},
      {"+-1", false},
      {"0x10", false},
      {"1,000", false},
      {"1 2", false},
      {"６", true},  // FULLWIDTH DIGIT SIX
      {"1e０5", true},
      {"٦", true},   // ARABIC-INDIC DIGIT SIX
      {"Ⅵ", false},  // ROMAN NUMERAL SIX has no decimal digit
      {"²", false},
      {"\xff", false},
      {"6\xef\xbc", false},  // a cut character
      // The bounds of the widest context.
      {"1e999999999999999999", true},
      {"1e1000000000000000000", false},
      {"0.1e1000000000000000000", true},
      {"10e999999999999999999", false},
      {"0e999999999999999999", true},
      {"0e1000000000000000000", false},
      {"1e-1999999999999999997", true},
      {"1e-1999999999999999998", false},
      {"10e-1999999999999999998", false},
      {"1e99999999999999999999999999999", false},
      {"1e-99999999999999999999999999999", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.word);
    CHECK(parse_decimal(row.word).has_value() == row.decimal);
  }
}

TEST_CASE("decimals are equal by value and to the last digit") {
  const std::string long_one = std::string(3000, '7');
  struct Row {
    std::string left;
    std::string right;
    bool equal;
  };
  const Row rows[] = {
      {"6", "6.0", true},
      {"6", "0.6e1", true},
      {"6", "60e-1", true},
      {"6", "+0006.000", true},
      {"6", "0_6", true},
      {"6", "６", true},
      {"6", "6.0000000001", false},
      {"6", "-6", false},
      {"0", "-0", true},
      {"0", "0e17", true},
      {"0", "0.000", true},
      {"0", "1e-1000000", false},
      {"1e1000000", "10e999999", true},
      {"inf", "Infinity", true},
      {"inf", "-inf", false},
      {"inf", "1e999", false},
      {"nan", "nan", false},
      {"nan", "1", false},
      {long_one, long_one + ".0", true},
      {long_one, long_one + ".1", false},
      {"0.1", "0.1000000000000000055511151231257827", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.left);
    CAPTURE(row.right);
    CHECK(same(row.left, row.right) == row.equal);
    CHECK(same(row.right, row.left) == row.equal);
  }
}

}  // namespace
}  // namespace proctor::graders::code
