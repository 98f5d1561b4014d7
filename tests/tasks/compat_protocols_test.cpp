// The recipes of other harnesses, byte for byte. Whoever makes a test here fail has made a new
// protocol: give it a new name.
#include <doctest/doctest.h>

#include <set>

#include "tasks/task.h"

namespace proctor::tasks {
namespace {

constexpr const char* kOpenR1Prompt =
    "Solve the following math problem efficiently and clearly.  The last line of your response "
    "should be of the following format: 'Therefore, the final answer is: $\\boxed{ANSWER}$. I hope "
    "it is correct' (without quotes) where ANSWER is just the final number or expression that "
    "solves the problem. Think step by step before answering.\n\nWhich?";
constexpr const char* kSimpleEvalsPrompt =
    "Solve the following math problem step by step. The last line of your response should be of "
    "the form Answer: $ANSWER (without quotes) where $ANSWER is the answer to the problem.\n\n"
    "Which?\n\nRemember to put your answer on its own line after \"Answer:\", and you do not need "
    "to use a \\boxed command.";
constexpr const char* kChoicePrompt =
    "Answer the following multiple choice question. The last line of your response should be of "
    "the following format: 'Answer: $LETTER' (without quotes) where LETTER is one of ABCD. Think "
    "step by step before answering.\n\nWhich?\n\nA) w\nB) {C}\nC) y\nD) z";

const Question kQuestion = {
    .id = "q",
    .text = "Which?",
    .gold = "A",
    .attributes = {{"option 1", "w"}, {"option 2", "{C}"}, {"option 3", "y"}, {"option 4", "z"}}};

Protocol recipe(std::string_view protocol, std::string_view task) {
  const Result<Protocol> found = protocol_for(protocol, task);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("the protocols of other harnesses are theirs byte for byte") {
  struct Row {
    const char* protocol;
    const char* task;
    const char* prompt;
    int repeats;
    int max_tokens;
    const char* grader;
    const char* order;
  };
  constexpr Row kRows[] = {
      {"r1-openr1", "aime24", kOpenR1Prompt, 64, 32'768, "math-openr1", ""},
      {"r1-openr1", "aime25", kOpenR1Prompt, 64, 32'768, "math-openr1", ""},
      {"r1-openr1", "math500", kOpenR1Prompt, 4, 32'768, "math-openr1", ""},
      {"r1-openr1", "gpqa", kChoicePrompt, 8, 32'768, "choice-openr1", "gold"},
      {"r1-openr1", "quickstart-aime", kOpenR1Prompt, 16, 1'024, "math-openr1", ""},
      {"r1-openr1", "quickstart-math", kOpenR1Prompt, 16, 1'024, "math-openr1", ""},
      {"r1-openr1", "quickstart-choice", kChoicePrompt, 16, 1'024, "choice-openr1", "gold"},
      {"simple-evals", "aime24", kSimpleEvalsPrompt, 10, 2'048, "math-simple-evals", ""},
      {"simple-evals", "aime25", kSimpleEvalsPrompt, 10, 2'048, "math-simple-evals", ""},
      {"simple-evals", "math500", kSimpleEvalsPrompt, 10, 2'048, "math-simple-evals", ""},
      {"simple-evals", "gpqa", kChoicePrompt, 10, 2'048, "choice-simple-evals", "se"},
      {"simple-evals", "quickstart-aime", kSimpleEvalsPrompt, 10, 1'024, "math-simple-evals", ""},
      {"simple-evals", "quickstart-math", kSimpleEvalsPrompt, 10, 1'024, "math-simple-evals", ""},
      {"simple-evals", "quickstart-choice", kChoicePrompt, 10, 1'024, "choice-simple-evals", "se"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.protocol);
    CAPTURE(row.task);
    const Protocol protocol = recipe(row.protocol, row.task);
    const bool openr1 = std::string_view(row.protocol) == "r1-openr1";
    const Prompt prompt = render_prompt(protocol, kQuestion);
    REQUIRE(prompt.size() == 1);
    CHECK(prompt.front() == Message{.role = "user", .content = row.prompt});
    CHECK(protocol.repeats == row.repeats);
    CHECK(protocol.sampling.max_tokens == row.max_tokens);
    CHECK(protocol.sampling.temperature == (openr1 ? 0.6 : 0.5));
    CHECK(protocol.sampling.top_p == (openr1 ? 0.95 : 1.0));
    CHECK(protocol.limit_includes_prompt == openr1);
    CHECK(protocol.grader == row.grader);
    CHECK(protocol.option_order == row.order);
    CHECK(protocol.metrics == std::vector<std::string>{"pass@1"});
  }
}

TEST_CASE("open-r1 asks for the programs of its own subset with its own prompt") {
  const Protocol protocol = recipe("r1-openr1", "livecodebench");
  CHECK(protocol.release == "v4_v5");
  CHECK(protocol.limit_includes_prompt);
  CHECK(protocol.repeats == 16);
  CHECK(protocol.grader == "code");
  CHECK(protocol.prompt == recipe("r1", "livecodebench").prompt);
  CHECK(protocol.starter_prompt == recipe("r1", "livecodebench").starter_prompt);
  CHECK(recipe("r1-openr1", "quickstart-code").release.empty());
}

TEST_CASE("a protocol says which tasks it has a recipe for") {
  CHECK(tasks_of("r1").size() == all_tasks().size());
  CHECK(tasks_of("r1-openr1").size() == 9);
  CHECK(tasks_of("simple-evals").size() == 7);
  CHECK(tasks_of("r2").empty());
  const Result<Protocol> code = protocol_for("simple-evals", "livecodebench");
  REQUIRE(!code);
  CHECK(code.error().code() == ErrorCode::not_found);
  CHECK(code.error().message() ==
        "protocol \"simple-evals\" has no recipe for task \"livecodebench\"; it has one for: "
        "aime24, aime25, math500, gpqa, quickstart-aime, quickstart-math, quickstart-choice");
}

TEST_CASE("every recipe has a hash of its own and is read back whole") {
  std::set<std::string> hashes;
  std::size_t recipes = 0;
  for (const std::string_view name : protocol_names()) {
    for (const std::string_view task : tasks_of(name)) {
      CAPTURE(name);
      CAPTURE(task);
      const Protocol protocol = recipe(name, task);
      const std::string json = protocol_json(protocol, "g@1");
      const Result<Protocol> read = parse_protocol(json);
      REQUIRE(read);
      CHECK(protocol_json(*read, "g@1") == json);
      hashes.insert(protocol_hash(protocol, "g@1"));
      ++recipes;
    }
  }
  CHECK(hashes.size() == recipes);
}

}  // namespace proctor::tasks
