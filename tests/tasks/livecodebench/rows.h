// Rows of LiveCodeBench with problems of our own, and the packing of their private tests as
// upstream does it, undone nowhere in the program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/question.h"

namespace proctor::support {

std::string base64(std::string_view bytes);
std::string deflate(std::string_view text);
// As pickle.dumps(text, protocol) of CPython 3.11 writes it, for protocols 2 to 5.
std::string pickle(std::string_view text, int protocol = 4);
// All three, from the inside out.
std::string packed(std::string_view text, int protocol = 4);

// Inputs and outputs as the text of a list of tests.
using InOut = std::vector<std::pair<std::string, std::string>>;
std::string tests_text(const InOut& tests, std::string_view type = "stdin");

// A row; what is set to something else than here is what a test is about.
struct CodeRow {
  std::string id = "abc1_a";
  std::string title = "Sum";
  std::string text = "Print the sum of two integers.";
  std::string platform = "atcoder";
  std::string contest = "abc1";
  std::string date = "2024-08-03T00:00:00";
  std::string starter{};
  std::string difficulty = "easy";
  std::string public_tests = tests_text({{"1 2\n", "3\n"}});
  std::string private_tests = packed(tests_text({{"4 5\n", "9\n"}}));
  std::string metadata = "{}";
};
std::string json_line(const CodeRow& row);

// The i-th of as many different rows as one likes.
CodeRow numbered_row(std::size_t i);

// A question as an import leaves it, without its gold.
Question question_of(const CodeRow& row);

}  // namespace proctor::support
