// The recipes that published numbers refer to. Whoever makes a test here fail has made a new
// protocol: give it a new name instead of new constants.
#include <doctest/doctest.h>

#include "tasks/task.h"

namespace proctor::tasks {
namespace {

Protocol r1(std::string_view task) {
  const Result<Protocol> protocol = protocol_for("r1", task);
  REQUIRE(protocol);
  return *protocol;
}

}  // namespace

TEST_CASE("r1 has a frozen recipe for every task") {
  struct Row {
    const char* task;
    int repeats;
    int max_tokens;
    const char* grader;
    std::vector<std::string> metrics;
  };
  const Row kRows[] = {
      {"aime24", 64, 32'768, "integer", {"pass@1", "cons@64"}},
      {"aime25", 64, 32'768, "integer", {"pass@1", "cons@64"}},
      {"math500", 4, 32'768, "math", {"pass@1"}},
      {"quickstart-aime", 16, 1'024, "integer", {"pass@1", "cons@16"}},
      {"quickstart-math", 16, 1'024, "math", {"pass@1", "cons@16"}},
      {"gpqa", 8, 32'768, "choice", {"pass@1", "cons@8"}},
      {"livecodebench", 16, 32'768, "code", {"pass@1"}},
      {"codeforces", 8, 32'768, "code-contest", {"pass@1"}},
      {"quickstart-choice", 16, 1'024, "choice", {"pass@1", "cons@16"}},
      {"quickstart-code", 16, 1'024, "code", {"pass@1"}},
      {"quickstart-contest", 8, 1'024, "code-contest", {"pass@1"}},
  };
  CHECK(std::size(kRows) == all_tasks().size());
  for (const Row& row : kRows) {
    CAPTURE(row.task);
    const Protocol protocol = r1(row.task);
    CHECK(protocol.name == "r1");
    CHECK(protocol.task == row.task);
    const bool code = std::string_view(row.grader) == "code";
    const bool contest = std::string_view(row.grader) == "code-contest";
    const bool choice = std::string_view(row.grader) == "choice";
    // The prompts of programs: livecodebench/prompts_test.cpp, codeforces/prompts_test.cpp.
    if (!contest) CHECK(protocol.prompt_name == (code ? "lcb-plain" : ""));
    CHECK(protocol.starter_prompt.empty() == !code);
    CHECK(protocol.system.empty());
    CHECK(!protocol.raw);
    CHECK(protocol.option_order == (choice ? "seeded" : ""));
    CHECK(protocol.option_seed == (choice ? 1U : 0U));
    CHECK(!protocol.limit_includes_prompt);
    CHECK(protocol.release.empty());
    if (choice) {
      CHECK(protocol.prompt ==
            "Answer the following multiple choice question. The last line of your response should "
            "be of the following format: 'Answer: $LETTER' (without quotes) where LETTER is one of "
            "ABCD. Think step by step before answering.\n\n{problem}\n\nA) {A}\nB) {B}\nC) "
            "{C}\nD) {D}");
    }
    if (!code && !contest && !choice) {
      CHECK(protocol.prompt ==
            "{problem}\nPlease reason step by step, and put your final answer within \\boxed{}.");
    }
    CHECK(protocol.sampling.temperature == 0.6);
    CHECK(protocol.sampling.top_p == 0.95);
    CHECK(!protocol.sampling.top_k);
    CHECK(protocol.sampling.max_tokens == row.max_tokens);
    CHECK(protocol.repeats == row.repeats);
    CHECK(protocol.grader == row.grader);
    CHECK(protocol.metrics == row.metrics);
  }
}

TEST_CASE("unknown protocols and tasks are told apart") {
  CHECK(protocol_names() == std::vector<std::string_view>{"r1", "r1-openr1", "simple-evals"});
  const Result<Protocol> protocol = protocol_for("r2", "aime24");
  REQUIRE(!protocol);
  CHECK(protocol.error().code() == ErrorCode::not_found);
  CHECK(protocol.error().message() == "no protocol \"r2\"; there are: r1, r1-openr1, simple-evals");
  const Result<Protocol> task = protocol_for("r1", "aime23");
  REQUIRE(!task);
  CHECK(task.error().code() == ErrorCode::not_found);
  CHECK(task.error().message().starts_with(
      "protocol \"r1\" has no recipe for task \"aime23\"; it has one for: aime24, "));
}

TEST_CASE("a prompt is one user turn with the question in its place, byte for byte") {
  const Question question{
      .id = "1", .text = "What is 1 + 1?\n\xC2\xBD ", .gold = "2", .attributes = {}};
  const Prompt prompt = render_prompt(r1("aime24"), question);
  const Prompt expected = {{"user",
                            "What is 1 + 1?\n\xC2\xBD \n"
                            "Please reason step by step, and put your final answer within "
                            "\\boxed{}."}};
  CHECK(prompt == expected);
}

TEST_CASE("a question that itself contains the slot is put in once and left alone") {
  Protocol protocol = r1("aime24");
  protocol.prompt = "Q: {problem} Again: {problem}";
  const Question question{.id = "1", .text = "a {problem} b", .gold = "2", .attributes = {}};
  CHECK(render_prompt(protocol, question).front().content == "Q: a {problem} b Again: {problem}");
}

TEST_CASE("the recipe as JSON is canonical and its hash is pinned") {
  CHECK(protocol_json(r1("aime24"), "integer@1") ==
        R"({"grader":"integer","grader_id":"integer@1","metrics":["pass@1","cons@64"],)"
        R"("name":"r1","prompt":"{problem}\nPlease reason step by step, and put your final )"
        R"(answer within \\boxed{}.","protocol_format":1,"repeats":64,"sampling":)"
        R"({"max_tokens":32768,"temperature":0.6,"top_k":null,"top_p":0.95},"task":"aime24"})");
  struct Row {
    const char* task;
    const char* grader_id;
    const char* hash;
  };
  constexpr Row kRows[] = {
      {"aime24", "integer@1", "4276fa297136a87fc9756c464a436bad702085d487d971bb2c85fdfb1e094ef1"},
      {"aime25", "integer@1", "9d4c8f999d44632d8d496298f6f7a7feb8f80c9eb8f690e61f4c0c19d3a6c599"},
      {"math500", "math@1", "0a0541ef14f74cbd224edc840048390208be91ab08a0594c87375faa0c02afcf"},
      {"quickstart-aime", "integer@1",
       "e8ecdbffdd559c38d44d60e9179e517f007b1cd14f80e1de108004583007598c"},
      {"quickstart-math", "math@1",
       "6170a25fc32df47a0427abfc8d4b9ca8f73569b99e32bd869e960d61317fe0e8"},
      {"livecodebench", "code@1",
       "1a07846999277126c788ccdb1976002c547f618bafe9f32a3365180f54fb9b16"},
      {"quickstart-code", "code@1",
       "f6ab5327ee2c8e6a13b1595bdbcdeca72a5780d5a51526774f30b22dda992deb"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.task);
    CHECK(protocol_hash(r1(row.task), row.grader_id) == row.hash);
  }
}

TEST_CASE("a recipe is read back from its JSON as it was written") {
  for (const Task& task : all_tasks()) {
    Protocol protocol = r1(task.name);
    for (const std::optional<int> top_k : {std::optional<int>(), std::optional<int>(20)}) {
      protocol.sampling.top_k = top_k;
      const std::string json = protocol_json(protocol, "grader@1");
      const Result<Protocol> read = parse_protocol(json);
      REQUIRE(read);
      CHECK(protocol_json(*read, "grader@1") == json);
    }
  }
}

TEST_CASE("a stored recipe that lacks a field is corrupt and the field is named") {
  const std::string json = protocol_json(r1("aime24"), "integer@1");
  for (const char* field : {"name", "task", "prompt", "repeats", "grader", "metrics", "sampling",
                            "temperature", "top_p", "max_tokens"}) {
    CAPTURE(field);
    const std::string quoted = std::string("\"") + field + "\"";
    std::string damaged = json;
    damaged.replace(damaged.find(quoted + ":"), quoted.size(), "\"other\"");
    const Result<Protocol> read = parse_protocol(damaged);
    REQUIRE(!read);
    CHECK(read.error().code() == ErrorCode::corrupt);
    CHECK(read.error().message() == "field " + quoted);
  }
  CHECK(!parse_protocol(json.substr(0, json.size() - 1)));
  CHECK(!parse_protocol(""));
}

TEST_CASE("any change to a recipe changes its hash") {
  const Protocol frozen = r1("math500");
  const std::string hash = protocol_hash(frozen, "math@1");
  CHECK(protocol_hash(frozen, "math@1") == hash);
  CHECK(protocol_hash(frozen, "math@2") != hash);
  using Change = void (*)(Protocol&);
  constexpr Change kChanges[] = {
      [](Protocol& p) { p.name = "r2"; },
      [](Protocol& p) { p.task = "aime24"; },
      [](Protocol& p) { p.prompt += " "; },
      [](Protocol& p) { p.sampling.temperature = 0.7; },
      [](Protocol& p) { p.sampling.top_p = 0.951; },
      [](Protocol& p) { p.sampling.top_k = 20; },
      [](Protocol& p) { p.sampling.max_tokens -= 1; },
      [](Protocol& p) { p.repeats += 1; },
      [](Protocol& p) { p.grader = "integer"; },
      [](Protocol& p) { p.metrics.push_back("cons@4"); },
      [](Protocol& p) { p.prompt_name = "x"; },
      [](Protocol& p) { p.system = "x"; },
      [](Protocol& p) { p.starter_prompt = "x"; },
      [](Protocol& p) { p.raw = true; },
  };
  for (std::size_t i = 0; i < std::size(kChanges); ++i) {
    CAPTURE(i);
    Protocol changed = frozen;
    kChanges[i](changed);
    CHECK(protocol_hash(changed, "math@1") != hash);
  }
}

}  // namespace proctor::tasks
