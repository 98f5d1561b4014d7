#include "tasks/quickstart/quickstart.h"

#include "tasks/aime/aime.h"
#include "tasks/livecodebench/livecodebench.h"
#include "tasks/livecodebench/prompts.h"
#include "tasks/livecodebench/tests_field.h"
#include "tasks/math500/math500.h"

namespace proctor::embedded {
extern const std::string_view kQuickstartAime;
extern const std::string_view kQuickstartCode;
extern const std::string_view kQuickstartMath;
}  // namespace proctor::embedded

namespace proctor::tasks::quickstart {
namespace {

constexpr Schema kLikeAime = aime::h4_layout("HuggingFaceH4/aime_2024", "2026");

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
          .tests = livecodebench::tests_of,
          .prompts = livecodebench::prompts()};
}

}  // namespace proctor::tasks::quickstart
