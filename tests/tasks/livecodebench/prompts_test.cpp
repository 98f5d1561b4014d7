// The prompts, byte for byte. Whoever makes a test here fail has made a new prompt: give it a new
// name instead of new bytes.
#include <doctest/doctest.h>

#include "tests/tasks/livecodebench/rows.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

const support::CodeRow kStdin = {.text = "Print {x} and {problem}.\r\n"};
const support::CodeRow kFunction = {
    .text = "Add. {starter_code}",
    .starter = "class Solution:\n    def add(self, a: int, b: int) -> int:\n        "};

Protocol put(std::string_view prompt) {
  const Result<Protocol> r1 = protocol_for("r1", "livecodebench");
  REQUIRE(r1);
  const Result<Protocol> protocol = with_prompt(*r1, prompt);
  REQUIRE(protocol);
  return *protocol;
}

Prompt rendered(std::string_view prompt, const support::CodeRow& row) {
  return render_prompt(put(prompt), support::question_of(row));
}

}  // namespace

TEST_CASE("lcb-plain is one user turn and is what r1 uses") {
  const Prompt without = rendered("lcb-plain", kStdin);
  REQUIRE(without.size() == 1);
  CHECK(without[0].role == "user");
  CHECK(without[0].content ==
        "You will be given a question (problem specification) and will generate a correct Python "
        "program that matches the specification and passes all tests.\n"
        "\n"
        "Question: Print {x} and {problem}.\r\n"
        "\n"
        "\n"
        "Read the inputs from stdin solve the problem and write the answer to stdout (do not "
        "directly test on the sample inputs). Enclose your code within delimiters as follows. "
        "Ensure that when the python program runs, it reads the inputs, runs the algorithm and "
        "writes output to STDOUT.\n"
        "```python\n"
        "# YOUR CODE HERE\n"
        "```\n"
        "\n");
  const Prompt with = rendered("lcb-plain", kFunction);
  REQUIRE(with.size() == 1);
  CHECK(with[0].content ==
        "You will be given a question (problem specification) and will generate a correct Python "
        "program that matches the specification and passes all tests.\n"
        "\n"
        "Question: Add. {starter_code}\n"
        "\n"
        "You will use the following starter code to write the solution to the problem and enclose "
        "your code within delimiters.\n"
        "```python\n"
        "class Solution:\n"
        "    def add(self, a: int, b: int) -> int:\n"
        "        \n"
        "```\n"
        "\n");
  const Result<Protocol> r1 = protocol_for("r1", "livecodebench");
  REQUIRE(r1);
  CHECK(r1->prompt_name == "lcb-plain");
  CHECK(render_prompt(*r1, support::question_of(kStdin)) == without);
}

TEST_CASE("lcb-generic is a system turn and a user turn with headings") {
  const std::string system =
      "You are an expert Python programmer. You will be given a question (problem specification) "
      "and will generate a correct Python program that matches the specification and passes all "
      "tests.";
  const Prompt without = rendered("lcb-generic", kStdin);
  CHECK(without ==
        Prompt{{"system", system},
               {"user",
                "### Question:\nPrint {x} and {problem}.\r\n\n\n"
                "### Format: Read the inputs from stdin solve the problem and write the answer to "
                "stdout (do not directly test on the sample inputs). Enclose your code within "
                "delimiters as follows. Ensure that when the python program runs, it reads the "
                "inputs, runs the algorithm and writes output to STDOUT.\n"
                "```python\n# YOUR CODE HERE\n```\n\n"
                "### Answer: (use the provided format with backticks)\n\n"}});
  const Prompt with = rendered("lcb-generic", kFunction);
  CHECK(with == Prompt{{"system", system},
                       {"user",
                        "### Question:\nAdd. {starter_code}\n\n"
                        "### Format: You will use the following starter code to write the solution "
                        "to the problem and enclose your code within delimiters.\n"
                        "```python\n" +
                            kFunction.starter +
                            "\n```\n\n"
                            "### Answer: (use the provided format with backticks)\n\n"}});
}

TEST_CASE("lcb-r1-official is raw text around the plain prompt") {
  const std::string begin =
      "<｜begin▁of▁sentence｜>A conversation between User and Assistant. The user asks a question, "
      "and "
      "the Assistant solves it. The assistant first thinks about the reasoning process in the mind "
      "and then provides the user with the answer. The reasoning process and answer are enclosed "
      "within <think> </think> and <answer> </answer> tags, respectively, i.e., <think> reasoning "
      "process here </think> <answer> answer here </answer>.<｜User｜>";
  for (const support::CodeRow& row : {kStdin, kFunction}) {
    const Prompt raw = rendered("lcb-r1-official", row);
    CHECK(raw ==
          Prompt{{"raw", begin + rendered("lcb-plain", row)[0].content + "<｜Assistant｜>"}});
  }
}

TEST_CASE("a prompt is chosen by name and an unknown one is answered with the names") {
  CHECK(prompts_of("livecodebench").size() == 3);
  CHECK(prompts_of("quickstart-code").size() == 3);
  CHECK(prompts_of("aime24").empty());
  CHECK(prompts_of("no task").empty());
  const Result<Protocol> lcb = protocol_for("r1", "livecodebench");
  const Result<Protocol> aime = protocol_for("r1", "aime24");
  REQUIRE(lcb);
  REQUIRE(aime);
  const Result<Protocol> unknown = with_prompt(*lcb, "lcb");
  REQUIRE(!unknown);
  CHECK(unknown.error().code() == ErrorCode::not_found);
  CHECK(unknown.error().message() ==
        "task \"livecodebench\" has no prompt \"lcb\"; there are: lcb-plain, lcb-generic, "
        "lcb-r1-official");
  const Result<Protocol> only = with_prompt(*aime, "lcb-plain");
  REQUIRE(!only);
  CHECK(only.error().message() ==
        "task \"aime24\" has no prompt \"lcb-plain\"; it has only the protocol's");
}

TEST_CASE("each prompt makes another recipe which is read back from its JSON") {
  std::string before;
  for (const PromptStyle& style : prompts_of("livecodebench")) {
    CAPTURE(style.name);
    const Protocol protocol = put(style.name);
    const std::string json = protocol_json(protocol, "code@1");
    CHECK(json != before);
    before = json;
    const Result<Protocol> read = parse_protocol(json);
    REQUIRE(read);
    CHECK(protocol_json(*read, "code@1") == json);
    for (const support::CodeRow& row : {kStdin, kFunction}) {
      CHECK(render_prompt(*read, support::question_of(row)) == rendered(style.name, row));
    }
  }
}

TEST_CASE("a stored prompt of another type is corrupt") {
  const std::string json = protocol_json(put("lcb-r1-official"), "code@1");
  for (const char* field : {"prompt_name", "starter_prompt", "raw"}) {
    CAPTURE(field);
    const std::string quoted = std::string("\"") + field + "\"";
    std::string damaged = json;
    damaged.replace(damaged.find(quoted), quoted.size(), quoted + ":7,\"x\"");
    const Result<Protocol> read = parse_protocol(damaged);
    REQUIRE(!read);
    CHECK(read.error().code() == ErrorCode::corrupt);
    CHECK(read.error().message() == "field " + quoted);
  }
}

}  // namespace proctor::tasks
