#include <doctest/doctest.h>

#include "tests/graders/math/equality_rows.h"

namespace proctor::graders::math {
namespace {

TEST_CASE("rational numbers are equal by value and by nothing else") {
  constexpr EqualityRow kRows[] = {
      {"7", "7.0", true},
      {"7", "+7", true},
      {"7", "\\frac{21}{3}", true},
      {"-\\frac{5}{4}", "-1\\frac14", true},
      {"-\\frac{3}{4}", "-1\\frac14", false},
      {"0.125", "\\frac18", true},
      {"0.\\overline{27}", "\\frac{3}{11}", true},
      {"0.\\overline{27}", "\\frac{27}{100}", false},
      {"2^{10}", "1024", true},
      {"2^{10}", "1023", false},
      {"-3^2", "9", false},
      {"18446744073709551617", "2^{64}+1", true},
      {"18446744073709551617", "2^{64}", false},
      {"4611686018427387904", "4611686018427387905", false},
      {"10^{-30}", "0", false},
      {"10^{-30}", "10^{-31}", false},
      {"3\\times10^{8}", "300000000", true},
      {"\\frac{1}{1/3}", "3", true},
      {"\\frac{12!}{10!\\,2!}", "66", true},
      {"\\binom{12}{2}", "66", true},
      {"\\binom{12}{2}", "\\binom{12}{3}", false},
      {"\\gcd(84,36)", "12", true},
      {"\\lfloor -7/2 \\rfloor", "-4", true},
      {"\\lceil -7/2 \\rceil", "-4", false},
      {"|-9|", "9", true},
      {"23 \\bmod 7", "2", true},
      {"\\sum_{k=1}^{100} k", "5050", true},
      {"\\sum_{k=1}^{10^{15}} k", "500000000000000500000000000000", true},
      {"\\sum_{k=1}^{\\infty} 3^{-k}", "\\frac12", true},
      {"\\prod_{k=2}^{5} k", "120", true},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("exact constants are equal by value") {
  constexpr EqualityRow kRows[] = {
      {"\\sqrt{75}", "5\\sqrt3", true},
      {"\\sqrt{75}", "3\\sqrt5", false},
      {"\\sqrt{9+4\\sqrt5}", "2+\\sqrt5", true},
      {"\\sqrt[3]{-8}", "-2", true},
      {"\\frac{1}{\\sqrt5-2}", "\\sqrt5+2", true},
      {"\\sqrt{2}+\\sqrt{5}", "\\sqrt{7+2\\sqrt{10}}", true},
      {"\\sqrt{2}+\\sqrt{5}", "\\sqrt{13.325}", false},
      {"\\log_2 3 \\cdot \\log_3 8", "3", true},
      {"\\ln\\frac{8}{27}", "3\\ln 2-3\\ln 3", true},
      {"e^{3\\ln 2}", "8", true},
      {"\\sin 15^\\circ", "\\frac{\\sqrt6-\\sqrt2}{4}", true},
      {"\\cos\\frac{\\pi}{5}", "\\frac{1+\\sqrt5}{4}", true},
      {"\\tan 75^\\circ", "2+\\sqrt3", true},
      {"\\tan 75", "2+\\sqrt3", false},
      {"\\arccos(-1)", "\\pi", true},
      {"2\\arctan\\frac13+\\arctan\\frac17", "\\frac{\\pi}{4}", true},
      {"e^{\\pi\\sqrt{163}}", "262537412640768744", false},
      {"\\frac{355}{113}", "\\pi", false},
      {"\\sqrt{-9}", "3i", true},
      {"(1+i)^{10}", "32i", true},
      {"e^{i\\pi}", "-1", true},
      {"\\frac{3+i}{1-i}", "1+2i", true},
      {"|5-12i|", "13", true},
      {"i^{2023}", "i", false},
      {"\\overline{2-i}", "2+i", true},
      {"\\infty", "-\\infty", false},
      {"\\infty", "10^{100}", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("a decimal answers an exact number from six digits on") {
  constexpr EqualityRow kRows[] = {
      {"\\sqrt3", "1.73205", true},
      {"\\sqrt3", "1.7320508", true},
      {"\\sqrt3", "1.73206", false},
      {"\\sqrt3", "1.7321", false},
      {"\\frac{2}{3}", "0.666667", true},
      {"\\frac{2}{3}", "0.666666", true},
      {"\\frac{2}{3}", "0.66667", false},
      {"\\frac{1}{1024}", "0.000976563", true},
      {"\\frac{1}{1024}", "0.000976573", false},
      {"5", "5.000001", false},
      {"5", "4.9999999", false},
      {"0", "0.0000000001", false},
      {"10^{-20}", "0.00000000000000000001", true},
      {"1000000\\pi", "3141592.65", true},
      {"1.4142136", "\\sqrt2", true},
      {"1.41", "\\sqrt2", false},
      {"2.71828", "e", true},
      {"120.50", "120.5", true},
      {"48213.17", "48213.18", false},
      {"99999999.0", "99999998", false},
      {"0.333333", "\\frac13", true},
      {"0.33", "\\frac13", false},
      {"6.02\\times10^{23}", "6.03\\times10^{23}", false},
      {"2.5", "2,5", true},
      {"2.5", "2,6", false},
      {"2.5", "2, 5", false},
      {"\\{2,5\\}", "2.5", false},
  };
  check_rows(kRows);
}

TEST_CASE("percent signs and degrees may be left out but no factor of a hundred is hidden") {
  constexpr EqualityRow kRows[] = {
      {"45\\%", "0.45", true},
      {"45\\%", "\\frac{9}{20}", true},
      {"45\\%", "45", true},
      {"45\\%", "45 percent", true},
      {"45\\%", "4.5\\%", false},
      {"45\\%", "4500", false},
      {"0.45", "45", false},
      {"30^\\circ", "30", true},
      {"30^\\circ", "\\frac{\\pi}{6}", true},
      {"30^\\circ", "30\\text{ degrees}", true},
      {"30^\\circ", "60^\\circ", false},
      {"\\frac{\\pi}{6}", "30", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("units may be left out and must agree where both are given") {
  constexpr EqualityRow kRows[] = {
      {"8\\text{ cm}", "8", true},
      {"8\\text{ cm}", "8\\text{ centimeters}", true},
      {"8\\text{ cm}", "8\\text{ m}", false},
      {"8\\text{ cm}", "9\\text{ cm}", false},
      {"-8\\text{ m/s}", "-8", true},
      {"-8\\text{ m/s}", "8", false},
      {"\\$4.50", "4.5\\text{ dollars}", true},
      {"8c", "8", false},
      {"8m", "8", false},
  };
  check_rows_both_ways(kRows);
}

TEST_CASE("ratios and numbers in other bases have their own rules") {
  constexpr EqualityRow kRows[] = {
      {"4:6", "2:3", true},
      {"4:6", "3:2", false},
      {"2:3:5", "4:6:10", true},
      {"2:3:5", "4:6:9", false},
      {"2:3", "\\frac23", true},
      {"1101_2", "1101_{2}", true},
      {"1101_2", "1101", true},
      {"1101_2", "13", false},
      {"1101_2", "1101_3", false},
      {"1101_2", "1011_2", false},
      {"x\\equiv 4\\pmod 9", "x\\equiv 13\\pmod 9", true},
      {"x\\equiv 4\\pmod 9", "x\\equiv 4\\pmod 8", false},
      {"x\\equiv 4\\pmod 9", "4", true},
  };
  check_rows_both_ways(kRows);
}

}  // namespace
}  // namespace proctor::graders::math
