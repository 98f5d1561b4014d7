#include "tasks/compat_protocols.h"

#include "tasks/livecodebench/prompts.h"

namespace proctor::tasks {

const char* const kMultipleChoicePrompt =
    "Answer the following multiple choice question. The last line of your response should be of "
    "the following format: 'Answer: $LETTER' (without quotes) where LETTER is one of ABCD. Think "
    "step by step before answering.\n\n{problem}\n\nA) {A}\nB) {B}\nC) {C}\nD) {D}";

namespace {

// Two spaces after "clearly." are open-r1's own.
constexpr const char* kEfficientlyPrompt =
    "Solve the following math problem efficiently and clearly.  The last line of your response "
    "should be of the following format: 'Therefore, the final answer is: $\\boxed{ANSWER}$. I hope "
    "it is correct' (without quotes) where ANSWER is just the final number or expression that "
    "solves the problem. Think step by step before answering.\n\n{problem}";

constexpr const char* kOwnLinePrompt =
    "Solve the following math problem step by step. The last line of your response should be of "
    "the form Answer: $ANSWER (without quotes) where $ANSWER is the answer to the "
    "problem.\n\n{problem}\n\nRemember to put your answer on its own line after \"Answer:\", and "
    "you do not need to use a \\boxed command.";

constexpr Sampling kOpenR1 = {
    .temperature = 0.6, .top_p = 0.95, .top_k = std::nullopt, .max_tokens = 32'768};
constexpr Sampling kOpenR1Quickstart = {
    .temperature = 0.6, .top_p = 0.95, .top_k = std::nullopt, .max_tokens = 1'024};
// The sampler's own temperature, and the tokens that the command line gives chat models.
constexpr Sampling kSimpleEvals = {
    .temperature = 0.5, .top_p = 1, .top_k = std::nullopt, .max_tokens = 2'048};
constexpr Sampling kSimpleEvalsQuickstart = {
    .temperature = 0.5, .top_p = 1, .top_k = std::nullopt, .max_tokens = 1'024};

Protocol openr1(const char* task, const char* prompt, const Sampling& sampling, int repeats,
                const char* grader) {
  Protocol protocol{"r1-openr1", task, prompt, sampling, repeats, grader, {"pass@1"}};
  // Its server's context is as long as its longest reply, so that the prompt takes from the reply.
  protocol.limit_includes_prompt = true;
  return protocol;
}

Protocol openr1_choice(const char* task, const Sampling& sampling, int repeats) {
  Protocol protocol = openr1(task, kMultipleChoicePrompt, sampling, repeats, "choice-openr1");
  protocol.option_order = "gold";
  protocol.option_seed = 1234;  // of the generator that lighteval draws the place from
  return protocol;
}

Protocol openr1_code(const char* task, const Sampling& sampling) {
  const PromptStyle& style = livecodebench::prompts().front();
  Protocol protocol = openr1(task, style.prompt.c_str(), sampling, 16, "code");
  protocol.prompt_name = style.name;
  protocol.starter_prompt = style.starter_prompt;
  return protocol;
}

Protocol simple_evals(const char* task, const char* prompt, const Sampling& sampling,
                      const char* grader) {
  // Its classes say 16 for mathematics and 4 for GPQA; its command line asks for 10 of both.
  return {"simple-evals", task, prompt, sampling, 10, grader, {"pass@1"}};
}

Protocol simple_evals_choice(const char* task, const Sampling& sampling) {
  Protocol protocol = simple_evals(task, kMultipleChoicePrompt, sampling, "choice-simple-evals");
  protocol.option_order = "se";
  return protocol;
}

}  // namespace

std::vector<Protocol> openr1_protocols() {
  Protocol livecodebench = openr1_code("livecodebench", kOpenR1);
  livecodebench.release = "v4_v5";
  return {
      openr1("aime24", kEfficientlyPrompt, kOpenR1, 64, "math-openr1"),
      openr1("aime25", kEfficientlyPrompt, kOpenR1, 64, "math-openr1"),
      openr1("math500", kEfficientlyPrompt, kOpenR1, 4, "math-openr1"),
      openr1_choice("gpqa", kOpenR1, 8),
      std::move(livecodebench),
      openr1("quickstart-aime", kEfficientlyPrompt, kOpenR1Quickstart, 16, "math-openr1"),
      openr1("quickstart-math", kEfficientlyPrompt, kOpenR1Quickstart, 16, "math-openr1"),
      openr1_choice("quickstart-choice", kOpenR1Quickstart, 16),
      openr1_code("quickstart-code", kOpenR1Quickstart),
  };
}

std::vector<Protocol> simple_evals_protocols() {
  return {
      simple_evals("aime24", kOwnLinePrompt, kSimpleEvals, "math-simple-evals"),
      simple_evals("aime25", kOwnLinePrompt, kSimpleEvals, "math-simple-evals"),
      simple_evals("math500", kOwnLinePrompt, kSimpleEvals, "math-simple-evals"),
      simple_evals_choice("gpqa", kSimpleEvals),
      simple_evals("quickstart-aime", kOwnLinePrompt, kSimpleEvalsQuickstart, "math-simple-evals"),
      simple_evals("quickstart-math", kOwnLinePrompt, kSimpleEvalsQuickstart, "math-simple-evals"),
      simple_evals_choice("quickstart-choice", kSimpleEvalsQuickstart),
  };
}

}  // namespace proctor::tasks
