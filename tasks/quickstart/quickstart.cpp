#include "tasks/quickstart/quickstart.h"

#include "tasks/aime/aime.h"
#include "tasks/codeforces/codeforces.h"
#include "tasks/codeforces/judging.h"
#include "tasks/gpqa/gpqa.h"
#include "tasks/livecodebench/livecodebench.h"
#include "tasks/livecodebench/prompts.h"
#include "tasks/livecodebench/tests_field.h"
#include "tasks/math500/math500.h"

namespace proctor::embedded {
extern const std::string_view kQuickstartAime;
extern const std::string_view kQuickstartChoice;
extern const std::string_view kQuickstartCode;
extern const std::string_view kQuickstartContestProblems;
extern const std::string_view kQuickstartMath;
}  // namespace proctor::embedded

namespace proctor::tasks::quickstart {
namespace {

constexpr Schema kLikeAime = aime::h4_layout("HuggingFaceH4/aime_2024", "2026");
constexpr Schema kLikeGpqa = gpqa::layout("Idavidrein/gpqa", gpqa::kDomains);

}  // namespace

Benchmark like_aime() {
  return {.task = {.name = "quickstart-aime",
                   .title = "Quickstart (AIME-like)",
                   .questions = 10,
                   .licence = "MIT",
                   .source = "part of proctor: tasks/quickstart",
                   .embedded = true},
          .schemas = std::span(&kLikeAime, 1),
          .normal_answer = aime::normal_answer,
          .embedded = &embedded::kQuickstartAime};
}

Benchmark like_math() {
  return {.task = {.name = "quickstart-math",
                   .title = "Quickstart (MATH-like)",
                   .questions = 10,
                   .licence = "MIT",
                   .source = "part of proctor: tasks/quickstart",
                   .embedded = true},
          .schemas = std::span(&math500::kSchema, 1),
          .normal_answer = math500::normal_answer,
          .embedded = &embedded::kQuickstartMath};
}

Benchmark like_gpqa() {
  return {.task = {.name = "quickstart-choice",
                   .title = "Quickstart (GPQA-like)",
                   .questions = 12,
                   .licence = "MIT",
                   .source = "part of proctor: tasks/quickstart",
                   .embedded = true},
          .schemas = std::span(&kLikeGpqa, 1),
          .normal_answer = gpqa::normal_answer,
          .embedded = &embedded::kQuickstartChoice};
}

Benchmark like_livecodebench() {
  return {.task = {.name = "quickstart-code",
                   .title = "Quickstart (LiveCodeBench-like)",
                   .questions = 24,
                   .licence = "MIT",
                   .source = "part of proctor: tasks/quickstart",
                   .embedded = true},
          .schemas = std::span(&livecodebench::kSchema, 1),
          .normal_answer = livecodebench::normal_answer,
          .embedded = &embedded::kQuickstartCode,
          .check_row = livecodebench::check_row,
          .tests = [](const nlohmann::json& row,
                      const RowsBeside&) { return livecodebench::tests_of(row); },
          .prompts = livecodebench::prompts()};
}

Benchmark like_codeforces() {
  return {.task = {.name = "quickstart-contest",
                   .title = "Quickstart (Codeforces-like)",
                   .questions = 4,
                   .licence = "MIT",
                   .source = "part of proctor: tasks/quickstart",
                   .embedded = true},
          .schemas = std::span(&codeforces::kSchema, 1),
          .normal_answer = livecodebench::normal_answer,  // the SHA-256 of tests
          .embedded = &embedded::kQuickstartContestProblems,
          .tests = codeforces::tests_of,
          .prompts = contest_prompts(),
          .describe = codeforces::describe_briefly};
}

std::span<const PromptStyle> contest_prompts() {
  static const std::vector<PromptStyle> kPrompts = {
      {.name = "contest-python",
       .prompt = livecodebench::prompts().front().prompt,
       .language = "python3",
       .time_factor = 2},
      {.name = "contest-cpp",
       .prompt =
           "Solve the following problem in C++17. The program reads standard input and writes "
           "standard output. Put it into one ```cpp block.\n\n{problem}",
       .language = "cpp17"},
  };
  return kPrompts;
}

}  // namespace proctor::tasks::quickstart
