// Checkers that compare texts: fcmp, lcmp, wcmp, yesno, nyesno.
#include <algorithm>
#include <utility>
#include <vector>

#include "graders/code/excerpt.h"
#include "graders/code/testlib/kinds.h"

namespace proctor::graders::code::testlib {
namespace {

// As operator>> of C++ streams finds them: it knows two blanks more than the reader does.
std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  std::vector<std::string_view> words;
  std::size_t at = line.find_first_not_of(kBlanks);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

template <class Same>
Finding compare_lines(Reader& output, Reader& answer, Same same) {
  for (std::size_t i = 0; !answer.at_end(); ++i) {
    const std::string expected = answer.line();
    if (expected.empty() && answer.at_end()) break;
    const std::string actual = output.line();
    if (!same(expected, actual)) return {Outcome::wrong, mismatch("line", i, expected, actual)};
  }
  return {};
}

std::string upper_case(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool is_yes_or_no(std::string_view upper) { return upper == "YES" || upper == "NO"; }

// One yes or no of each, the `i`-th.
Finding compare_yes_no(Reader& output, Reader& answer, std::size_t i) {
  const auto answered = answer.word();
  if (!answered) return answer.fault();
  const auto said = output.word();
  if (!said) return output.fault();
  const std::string expected = upper_case(*answered);
  const std::string actual = upper_case(*said);
  if (!is_yes_or_no(expected)) return answer.blame("neither yes nor no: " + in_quotes(expected));
  if (!is_yes_or_no(actual)) return output.blame("neither yes nor no: " + in_quotes(actual));
  if (expected != actual) return {Outcome::wrong, mismatch("word", i, expected, actual)};
  return {};
}

Finding wrong_length(Reader& output, Reader& answer, std::size_t common) {
  std::size_t expected = common;
  std::size_t actual = common;
  for (; !answer.at_end_but_for_blanks(); ++expected) {
    if (!answer.word()) return answer.fault();
  }
  for (; !output.at_end_but_for_blanks(); ++actual) {
    if (!output.word()) return output.fault();
  }
  if (expected == actual) return {};
  return {Outcome::wrong, wrong_count("words", expected, actual)};
}

}  // namespace

Finding fcmp(Reader& output, Reader& answer) {
  return compare_lines(output, answer, [](const std::string& expected, const std::string& actual) {
    return expected == actual;
  });
}

Finding lcmp(Reader& output, Reader& answer) {
  return compare_lines(output, answer, [](const std::string& expected, const std::string& actual) {
    return words_of(expected) == words_of(actual);
  });
}

Finding wcmp(Reader& output, Reader& answer) {
  std::size_t i = 0;
  for (; !answer.at_end_but_for_blanks() && !output.at_end_but_for_blanks(); ++i) {
    const auto expected = answer.word();
    if (!expected) return answer.fault();
    const auto actual = output.word();
    if (!actual) return output.fault();
    if (*expected != *actual) return {Outcome::wrong, mismatch("word", i, *expected, *actual)};
  }
  const bool answer_ended = answer.at_end_but_for_blanks();
  if (answer_ended && output.at_end_but_for_blanks()) return {};
  return {Outcome::wrong, std::string(answer_ended ? "more" : "fewer") +
                              " words than expected, from word " + std::to_string(i + 1) + " on"};
}

Finding yesno(Reader& output, Reader& answer) { return compare_yes_no(output, answer, 0); }

Finding nyesno(Reader& output, Reader& answer) {
  std::size_t i = 0;
  for (; !answer.at_end_but_for_blanks() && !output.at_end_but_for_blanks(); ++i) {
    Finding finding = compare_yes_no(output, answer, i);
    if (finding.outcome != Outcome::ok) return finding;
  }
  return wrong_length(output, answer, i);
}

}  // namespace proctor::graders::code::testlib
