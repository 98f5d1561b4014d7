#include "tasks/codeforces/codeforces.h"

#include "tasks/codeforces/judging.h"
#include "tasks/codeforces/problem.h"
#include "tasks/codeforces/prompts.h"
#include "tasks/codeforces/statement.h"
#include "tasks/livecodebench/livecodebench.h"

namespace proctor::tasks::codeforces {
namespace {

constexpr std::string_view kLacks =
    "the generated tests (generated_tests/*.parquet), without which problems whose official tests "
    "are incomplete may let wrong programs pass; convert those files to JSON Lines and give them "
    "to `proctor data import` with the problems";

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : separator).append(word);
  return text;
}

std::string decimal(const std::optional<int>& number) {
  return number ? std::to_string(*number) : "";
}

void add_attributes(const Problem& problem, const nlohmann::json& row, const RowsBeside& beside,
                    Question& question) {
  const std::pair<const char*, std::string> attributes[] = {
      {"aliases", joined(problem.aliases, " ")},
      {"contest_id", problem.contest},
      {"index", problem.index},
      {"rating", decimal(problem.rating)},
      {"tags", joined(problem.tags, ", ")},
      {"tests", lacks_tests(problem, row, beside) ? "incomplete" : ""},
      {"ungradeable", why_ungradeable(problem, row, beside)},
      {"year", decimal(problem.year)},
  };
  for (const auto& [name, value] : attributes) {
    if (!value.empty()) question.attributes.emplace_back(name, value);
  }
}

}  // namespace

Result<void> describe(const nlohmann::json& row, const RowsBeside& beside, Question& question) {
  const Result<Problem> problem = parse_problem(row);
  if (!problem) return problem.error();
  question.text = format_statement(*problem);
  add_attributes(*problem, row, beside, question);
  return {};
}

Result<void> describe_briefly(const nlohmann::json& row, const RowsBeside& beside,
                              Question& question) {
  const Result<Problem> problem = parse_problem(row);
  if (!problem) return problem.error();
  question.text = problem->description;
  add_attributes(*problem, row, beside, question);
  return {};
}

Benchmark codeforces() {
  return {.task = {.name = "codeforces",
                   .title = "Codeforces",
                   .questions = 0,
                   .licence = "CC BY 4.0; problems: Codeforces",
                   .source = "https://huggingface.co/datasets/open-r1/codeforces",
                   .embedded = false,
                   .hub = {.dataset = "open-r1/codeforces",
                           .config = "default",
                           .split = "test",
                           .lacks = kLacks}},
          .schemas = std::span(&kSchema, 1),
          .normal_answer = livecodebench::normal_answer,  // the SHA-256 of tests
          .embedded = nullptr,
          .tests = tests_of,
          .prompts = prompts(),
          .describe = describe,
          .beside = &kGeneratedTests,
          .may_repeat = true};
}

}  // namespace proctor::tasks::codeforces
