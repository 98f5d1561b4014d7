// Checkers that compare integers: hcmp, icmp, ncmp, uncmp.
#include <algorithm>
#include <vector>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/kinds.h"
#include "graders/code/testlib/numbers.h"

namespace proctor::graders::code::testlib {
namespace {

Finding differ(std::size_t i, std::int64_t expected, std::int64_t actual) {
  return {Outcome::wrong, mismatch("number", i, std::to_string(expected), std::to_string(actual))};
}

// All that are left; nothing, and a fault, if something is no integer.
std::optional<std::vector<std::int64_t>> rest_of(Reader& reader) {
  std::vector<std::int64_t> numbers;
  while (!reader.at_end_but_for_blanks()) {
    const std::optional<std::int64_t> number = reader.integer();
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

Finding hcmp(Reader& output, Reader& answer) {
  const auto expected = answer.word();
  if (!expected) return answer.fault();
  const auto actual = output.word();
  if (!actual) return output.fault();
  if (!is_integer(*expected)) return answer.blame("no integer: " + in_quotes(*expected));
  if (!answer.at_end_but_for_blanks()) return answer.blame("more than one integer");
  if (!is_integer(*actual)) return output.blame("no integer: " + in_quotes(*actual));
  if (*expected != *actual) return {Outcome::wrong, mismatch("number", 0, *expected, *actual)};
  return {};
}

Finding icmp(Reader& output, Reader& answer) {
  const auto expected = answer.small_integer();
  if (!expected) return answer.fault();
  const auto actual = output.small_integer();
  if (!actual) return output.fault();
  return *expected == *actual ? Finding{} : differ(0, *expected, *actual);
}

Finding ncmp(Reader& output, Reader& answer) {
  std::size_t i = 0;
  for (; !answer.at_end_but_for_blanks() && !output.at_end_but_for_blanks(); ++i) {
    const auto expected = answer.integer();
    if (!expected) return answer.fault();
    const auto actual = output.integer();
    if (!actual) return output.fault();
    if (*expected != *actual) return differ(i, *expected, *actual);
  }
  const auto missing = rest_of(answer);
  if (!missing) return answer.fault();
  const auto extra = rest_of(output);
  if (!extra) return output.fault();
  if (missing->empty() && extra->empty()) return {};
  return {Outcome::wrong, wrong_count("numbers", i + missing->size(), i + extra->size())};
}

Finding uncmp(Reader& output, Reader& answer) {
  auto expected = rest_of(answer);
  if (!expected) return answer.fault();
  auto actual = rest_of(output);
  if (!actual) return output.fault();
  if (expected->size() != actual->size()) {
    return {Outcome::wrong, wrong_count("numbers", expected->size(), actual->size())};
  }
  std::sort(expected->begin(), expected->end());
  std::sort(actual->begin(), actual->end());
  const auto [at, other] = std::mismatch(expected->begin(), expected->end(), actual->begin());
  if (at == expected->end()) return {};
  Finding finding = differ(static_cast<std::size_t>(at - expected->begin()), *at, *other);
  finding.detail = "in increasing order, " + finding.detail;
  return finding;
}

}  // namespace proctor::graders::code::testlib
