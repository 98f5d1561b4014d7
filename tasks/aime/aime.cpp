#include "tasks/aime/aime.h"

#include <algorithm>

namespace proctor::tasks::aime {
namespace {

constexpr Schema k2024[] = {
    h4_layout("HuggingFaceH4/aime_2024", "2024"),
    {.name = "Maxwell-Jia/AIME_2024",
     .id = "ID",
     .problem = "Problem",
     .answer = "Answer",
     .attributes = {},
     .marker = {.field = "ID", .begins = "2024-"}},
};

constexpr Schema k2025[] = {
    h4_layout("yentinglin/aime_2025", "2025"),
    {.name = "math-ai/aime25",
     .id = "id",
     .problem = "problem",
     .answer = "answer",
     .attributes = {},
     .marker = {}},
    {.name = "opencompass/AIME2025",
     .id = "",
     .problem = "question",
     .answer = "answer",
     .attributes = {},
     .marker = {}},
};

constexpr std::string_view k2025Files[] = {"test.jsonl"};

constexpr std::size_t kMostDigits = 3;

// The digits of "025", "$25$" or "336^\circ"; anything else comes back as it is.
std::string_view without_decoration(std::string_view text) {
  if (text.size() >= 2 && text.front() == '$' && text.back() == '$') {
    text = text.substr(1, text.size() - 2);
  }
  for (std::string_view degrees : {"^\\circ", "^{\\circ}"}) {
    if (text.ends_with(degrees)) return text.substr(0, text.size() - degrees.size());
  }
  return text;
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<std::string> normal_answer(const nlohmann::json& answer) {
  std::string text;
  if (answer.is_string()) text = without_decoration(answer.get_ref<const std::string&>());
  if (answer.is_number_integer()) text = answer.dump();
  if (all_digits(text)) {
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    if (text.size() <= kMostDigits) return text;
  }
  return unexpected("an integer from 0 to 999", answer);
}

Benchmark aime24() {
  return {.task = {.name = "aime24",
                   .title = "AIME 2024",
                   .questions = 30,
                   .licence = "problems: Mathematical Association of America",
                   .source = "https://huggingface.co/datasets/HuggingFaceH4/aime_2024",
                   .embedded = false,
                   .hub = {.dataset = "HuggingFaceH4/aime_2024",
                           .config = "default",
                           .split = "train"}},
          .schemas = k2024,
          .normal_answer = normal_answer,
          .embedded = nullptr};
}

Benchmark aime25() {
  return {.task = {.name = "aime25",
                   .title = "AIME 2025",
                   .questions = 30,
                   .licence = "problems: Mathematical Association of America",
                   .source = "https://huggingface.co/datasets/math-ai/aime25",
                   .embedded = false,
                   .hub = {.dataset = "math-ai/aime25", .files = k2025Files}},
          .schemas = k2025,
          .normal_answer = normal_answer,
          .embedded = nullptr};
}

}  // namespace proctor::tasks::aime
