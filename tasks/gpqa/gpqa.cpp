#include "tasks/gpqa/gpqa.h"

#include <numeric>

namespace proctor::tasks::gpqa {
namespace {

constexpr Schema kSchema = layout("Idavidrein/gpqa", kDomains);

constexpr std::string_view kFiles[] = {"gpqa_diamond.csv"};

struct Release {
  std::size_t questions;
  const char* name;
};

// Rein et al. 2023 (arXiv:2311.12022), section 2: the three sets, each within the next.
constexpr Release kReleases[] = {{198, "gpqa_diamond"}, {448, "gpqa_main"}, {546, "gpqa_extended"}};

}  // namespace

Result<std::string> normal_answer(const nlohmann::json& answer) {
  if (answer.is_string()) {
    const auto& text = answer.get_ref<const std::string&>();
    const bool letter = text.size() == 1 && text[0] >= 'A' && text[0] <= 'D';
    if (letter) return text;
  }
  return unexpected("a letter from A to D", answer);
}

std::string release_of(std::span<const std::size_t> rows_of_files) {
  const std::size_t questions =
      std::accumulate(rows_of_files.begin(), rows_of_files.end(), std::size_t{0});
  for (const Release& release : kReleases) {
    if (release.questions == questions) return release.name;
  }
  return "";
}

Benchmark gpqa() {
  return {.task = {.name = "gpqa",
                   .title = "GPQA Diamond",
                   .questions = 0,
                   .licence = "CC BY 4.0; not to be published in plain text",
                   .source = "https://huggingface.co/datasets/Idavidrein/gpqa",
                   .embedded = false,
                   .gated = true,
                   .hub = {.dataset = "Idavidrein/gpqa", .files = kFiles}},
          .schemas = std::span(&kSchema, 1),
          .normal_answer = normal_answer,
          .embedded = nullptr,
          .release = release_of};
}

}  // namespace proctor::tasks::gpqa
