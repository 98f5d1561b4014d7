// Checkers that compare numbers with a tolerance: dcmp, rcmp, rcmp4, rcmp6, rcmp9, rncmp, and the
// two that turn a difference into points.
#include <cmath>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/kinds.h"
#include "graders/code/testlib/numbers.h"

namespace proctor::graders::code::testlib {
namespace {

using Close = bool (*)(double expected, double actual, double tolerance);

// One number of each, the `i`-th.
Finding compare_number(Reader& output, Reader& answer, std::size_t i, Close close,
                       double tolerance) {
  const auto expected = answer.number();
  if (!expected) return answer.fault();
  const auto actual = output.number();
  if (!actual) return output.fault();
  if (close(*expected, *actual, tolerance)) return {};
  return {Outcome::wrong, mismatch("number", i, text_of(*expected), text_of(*actual)) +
                              ", not within " + text_of(tolerance)};
}

// As many as the answer has; more of them in the output are left there.
Finding compare_numbers(Reader& output, Reader& answer, Close close, double tolerance) {
  for (std::size_t i = 0; !answer.at_end_but_for_blanks(); ++i) {
    Finding finding = compare_number(output, answer, i, close, tolerance);
    if (finding.outcome != Outcome::ok) return finding;
  }
  return {};
}

}  // namespace

Finding dcmp(Reader& output, Reader& answer) {
  return compare_number(output, answer, 0, nearly_equal, 1e-6);
}

Finding rcmp(Reader& output, Reader& answer) {
  return compare_number(output, answer, 0, within, 1.5e-6);
}

Finding rcmp4(Reader& output, Reader& answer) {
  return compare_numbers(output, answer, nearly_equal, 1e-4);
}

Finding rcmp6(Reader& output, Reader& answer) {
  return compare_numbers(output, answer, nearly_equal, 1e-6);
}

Finding rcmp9(Reader& output, Reader& answer) {
  return compare_numbers(output, answer, nearly_equal, 1e-9);
}

Finding rncmp(Reader& output, Reader& answer) {
  return compare_numbers(output, answer, within, 1.5e-5);
}

Finding pointscmp(Reader& output, Reader& answer) {
  constexpr double kMostPoints = 1e6 + 1e-8;
  const auto expected = answer.number();
  if (!expected) return answer.fault();
  const auto actual = output.number();
  if (!actual) return output.fault();
  const double points = std::fabs(*expected - *actual);
  // Not the output's fault, whatever it says; the difference of two infinities is no number.
  if (!(points <= kMostPoints)) {
    return {Outcome::fail, text_of(points) + " points, of at most a million"};
  }
  return {Outcome::points, text_of(points) + " points"};
}

Finding pointsinfo(Reader& output, Reader& answer) {
  const auto actual = output.number();
  if (!actual) return output.fault();
  const auto expected = answer.number();
  if (!expected) return answer.fault();
  return {Outcome::points, mismatch("number", 0, text_of(*expected), text_of(*actual))};
}

}  // namespace proctor::graders::code::testlib
