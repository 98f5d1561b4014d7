#include "tasks/livecodebench/prompts.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::tasks::livecodebench {
namespace {

// Upstream puts its prompts together from these, lcb_runner/prompts/code_generation.py (28fef95),
// and their spelling is its own.
constexpr std::string_view kAsk =
    "You will be given a question (problem specification) and will generate a correct Python "
    "program that matches the specification and passes all tests.";
constexpr std::string_view kWithStarter =
    "You will use the following starter code to write the solution to the problem and enclose "
    "your code within delimiters.\n```python\n{starter_code}\n```\n\n";
constexpr std::string_view kWithoutStarter =
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly "
    "test on the sample inputs). Enclose your code within delimiters as follows. Ensure that when "
    "the python program runs, it reads the inputs, runs the algorithm and writes output to "
    "STDOUT.\n```python\n# YOUR CODE HERE\n```\n\n";

constexpr std::string_view kQuestion = "\n\nQuestion: {problem}\n\n";
constexpr std::string_view kExpert = "You are an expert Python programmer. ";
constexpr std::string_view kGeneric = "### Question:\n{problem}\n\n### Format: ";
constexpr std::string_view kGenericEnd = "### Answer: (use the provided format with backticks)\n\n";

// DeepSeek-R1's special tokens have a full-width bar (U+FF5C) and a lower block (U+2581) in them.
constexpr std::string_view kOfficial =
    "<\uFF5Cbegin\u2581of\u2581sentence\uFF5C>A conversation between User and Assistant. The user "
    "asks a question, and the Assistant solves it. The assistant first thinks about the reasoning "
    "process in the mind and then provides the user with the answer. The reasoning process and "
    "answer are enclosed within <think> </think> and <answer> </answer> tags, respectively, i.e., "
    "<think> reasoning process here </think> <answer> answer here </answer>.<\uFF5CUser\uFF5C>";
constexpr std::string_view kOfficialEnd =
    "<\uFF5C"
    "Assistant\uFF5C>";

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string text;
  for (std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

std::span<const PromptStyle> prompts() {
  static const std::vector<PromptStyle> kPrompts = {
      {.name = "lcb-plain",
       .prompt = joined({kAsk, kQuestion, kWithoutStarter}),
       .starter_prompt = joined({kAsk, kQuestion, kWithStarter})},
      {.name = "lcb-generic",
       .system = joined({kExpert, kAsk}),
       .prompt = joined({kGeneric, kWithoutStarter, kGenericEnd}),
       .starter_prompt = joined({kGeneric, kWithStarter, kGenericEnd})},
      {.name = "lcb-r1-official",
       .prompt = joined({kOfficial, kAsk, kQuestion, kWithoutStarter, kOfficialEnd}),
       .starter_prompt = joined({kOfficial, kAsk, kQuestion, kWithStarter, kOfficialEnd}),
       .raw = true},
  };
  return kPrompts;
}

}  // namespace proctor::tasks::livecodebench
