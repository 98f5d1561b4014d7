#include "tasks/math500/math500.h"

namespace proctor::tasks::math500 {
namespace {

constexpr std::string_view kFiles[] = {"test.jsonl"};

}  // namespace

Result<std::string> normal_answer(const nlohmann::json& answer) {
  if (!answer.is_string() || answer.get_ref<const std::string&>().empty()) {
    return unexpected("text", answer);
  }
  return answer.get<std::string>();
}

Benchmark math500() {
  return {.task = {.name = "math500",
                   .title = "MATH-500",
                   .questions = 500,
                   .licence = "MIT",
                   .source = "https://huggingface.co/datasets/HuggingFaceH4/MATH-500",
                   .embedded = false,
                   .hub = {.dataset = "HuggingFaceH4/MATH-500",
                           .files = kFiles,
                           .sha256 =
                               "1f67092dbef53baeb9b5764ad563ae0bebb72b21122d405b8400c91f49674192"}},
          .schemas = std::span(&kSchema, 1),
          .normal_answer = normal_answer,
          .embedded = nullptr};
}

}  // namespace proctor::tasks::math500
