#include "tasks/codeforces/prompts.h"

#include <doctest/doctest.h>

#include "tasks/quickstart/quickstart.h"

namespace proctor::tasks {
namespace {

constexpr const char* kProblem = "{problem} and nothing else";

std::string rendered(const Protocol& protocol) {
  Question question;
  question.text = kProblem;
  const Prompt prompt = render_prompt(protocol, question);
  REQUIRE(prompt.size() == 1);
  CHECK(prompt[0].role == "user");
  return prompt[0].content;
}

Protocol r1(std::string_view task) {
  const Result<Protocol> protocol = protocol_for("r1", task);
  REQUIRE(protocol);
  return *protocol;
}

}  // namespace

TEST_CASE("contest problems are put in C++ unless Python is asked for") {
  const Protocol cpp = r1("codeforces");
  CHECK(cpp.prompt_name == "cf-cpp");
  CHECK(cpp.language == "cpp17");
  CHECK(cpp.time_factor == 1);
  CHECK(
      rendered(cpp).ends_with("in one block that begins with ```cpp.\n\n" + std::string(kProblem)));

  const Result<Protocol> python = with_prompt(cpp, "cf-python");
  REQUIRE(python);
  CHECK(python->language == "python3");
  CHECK(python->time_factor == 2);
  CHECK(rendered(*python).find("which are doubled for Python") != std::string::npos);
  CHECK_FALSE(with_prompt(cpp, "lcb-plain"));
}

TEST_CASE("the small contest is put in the words that the embedded model knows") {
  const Protocol python = r1("quickstart-contest");
  CHECK(python.prompt_name == "contest-python");
  CHECK(python.language == "python3");
  CHECK(python.prompt == r1("quickstart-code").prompt);
  const Result<Protocol> cpp = with_prompt(python, "contest-cpp");
  REQUIRE(cpp);
  CHECK(
      rendered(*cpp) ==
      "Solve the following problem in C++17. The program reads standard input and writes standard "
      "output. Put it into one ```cpp block.\n\n" +
          std::string(kProblem));
  CHECK(cpp->time_factor == 1);
}

TEST_CASE("language and time factor are part of a recipe and come back with it") {
  const Protocol protocol = r1("quickstart-contest");
  const std::string json = protocol_json(protocol, "code-contest@1");
  CHECK(json.find(R"("language":"python3")") != std::string::npos);
  CHECK(json.find(R"("time_factor":2.0)") != std::string::npos);
  const Result<Protocol> read = parse_protocol(json);
  REQUIRE(read);
  CHECK(read->language == "python3");
  CHECK(read->time_factor == 2);
  Protocol other = protocol;
  other.time_factor = 3;
  CHECK(protocol_hash(other, "x") != protocol_hash(protocol, "x"));
  other = protocol;
  other.language = "pypy3";
  CHECK(protocol_hash(other, "x") != protocol_hash(protocol, "x"));
  // Recipes of other tasks do not mention them.
  CHECK(protocol_json(r1("livecodebench"), "x").find("language") == std::string::npos);
}

}  // namespace proctor::tasks
